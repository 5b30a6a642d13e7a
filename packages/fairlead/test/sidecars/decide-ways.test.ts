/** How workloads are restarted, and whose pods are whose. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Outdated } from "../../src/plan/sidecars/model/decision.ts";
import { defaultSettings } from "../../src/plan/sidecars/presets.ts";
import { answersBy, decideAll, istio, viewOf, workload } from "./plan-world.ts";
import { decisionOf, fieldsOf, outdatedOf, shop, v28, v29, web } from "./decided.ts";

const ways: readonly [string, Parameters<typeof workload>, string][] = [
  ["a Rollout by its own restart", ["Rollout", "web", {}], "restart-at"],
  ["a StatefulSet by its template", ["StatefulSet", "web", {}], "annotate"],
  ["a DaemonSet by its template", ["DaemonSet", "web", {}], "annotate"],
  ["a paused Deployment by nobody", ["Deployment", "web", { spec: { paused: true } }], "report"],
  ["OnDelete by eviction alone", ["StatefulSet", "web", { spec: { updateStrategy: { type: "OnDelete" } } }], "report"],
  [
    "a partition by eviction alone",
    ["StatefulSet", "web", { spec: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } } }],
    "report",
  ],
  ["a bare ReplicaSet by eviction alone", ["ReplicaSet", "web", {}], "report"],
  ["a ReplicationController by eviction alone", ["ReplicationController", "web", {}], "report"],
  ["a Job by its next run", ["Job", "web", {}], "report"],
  ["a CronJob by its next run", ["CronJob", "web", {}], "report"],
];

for (const [rule, [kind, name, options], expected] of ways) {
  test(`restarts ${rule}`, () => {
    const objects = [shop, ...workload(kind, name, { injectedBy: v28, ...options })];
    const decide = (mode: "annotate" | "evict"): Outdated => {
      const settings = { ...defaultSettings, restart: { ...defaultSettings.restart, mode } };
      const view = viewOf([...istio(v29), ...objects], { settings });
      return outdatedOf([...decideAll(view, answersBy([v29])).values()].find((one) => one.workload.name === name));
    };
    assert.equal(decide("annotate").way.kind, expected);
    const never = kind === "Job" || kind === "CronJob" || options?.spec?.["paused"] === true;
    assert.equal(decide("evict").way.kind, never ? "report" : "evict");
  });
}

const rolloutKey = "Rollout.argoproj.io/web";

function restartedRollout(restartAt: string, restartedAt: string, podsCreatedAt = restartAt): Outdated | undefined {
  const options = { spec: { restartAt }, status: { restartedAt }, injectedBy: v28, podsCreatedAt };
  const marked = (target: string) =>
    workload("Rollout", "web", { ...options, annotations: { "sidecars.fairlead.dev/restarted-for": target } });
  const decide = (target: string) => decisionOf([shop, ...marked(target)])(rolloutKey);
  const first = decide("");
  return first?.kind === "outdated" ? outdatedOf(decide(first.target)) : undefined;
}

test("a Rollout is restarted for a time after its last restart and after the making of each outdated pod", () => {
  const after = (restartAt: string, podsCreatedAt: string): unknown =>
    restartedRollout(restartAt, restartAt, podsCreatedAt)?.way;
  const [early, late] = ["2026-03-01T10:00:00Z", "2026-03-01T10:00:07Z"];
  assert.deepEqual(after(early, late), { kind: "restart-at", after: Date.parse(late) });
  assert.deepEqual(after(late, early), { kind: "restart-at", after: Date.parse(late) });
});

test("what a Rollout's restart left alone came after it: Argo deletes pods that are older than restartAt", () => {
  const at = "2026-03-01T10:00:00Z";
  assert.equal(restartedRollout(at, at, "2026-03-01T09:59:59Z")?.stillDiffers, false);
  assert.equal(restartedRollout(at, at, at)?.stillDiffers, true);
});

test("a Rollout is under way until its restart is done, however its time is written", () => {
  assert.equal(restartedRollout("2026-03-01T10:00:00Z", "2026-03-01T09:00:00Z"), undefined);
  assert.equal(restartedRollout("2026-03-01T11:00:00+01:00", "2026-03-01T10:00:00Z")?.kind, "outdated");
});

test("uses the template of the Deployment that a Rollout refers to", () => {
  const [lender] = workload("Deployment", "lender", { spec: { replicas: 0 }, replicas: 0 });
  const rollout = workload("Rollout", "web", {
    injectedBy: v28,
    spec: { workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "lender" }, template: null },
  });
  assert.deepEqual(outdatedOf(decisionOf([shop, lender!, ...rollout])(rolloutKey)).way.kind, "restart-at");
  assert.equal(decisionOf([shop, ...rollout])(rolloutKey)?.kind, "unknown");
});

test("two workloads of one name and different kinds are two, by group as well", () => {
  const decision = decisionOf([
    shop,
    ...workload("Deployment", "web", { injectedBy: v28 }),
    ...workload("StatefulSet", "web", { injectedBy: v29 }),
  ]);
  assert.equal(decision(web)?.kind, "outdated");
  assert.equal(decision("StatefulSet.apps/web")?.kind, "current");
});

test("pods of owners that nobody knows are reported, or evicted if settings say so", () => {
  const clone = { apiVersion: "apps.kruise.io/v1", kind: "Deployment", name: "web", uid: "c", controller: true };
  const [, , pod] = workload("Deployment", "web", { injectedBy: v28 });
  const metadata = { ...(pod!["metadata"] as JsonObject), ownerReferences: [clone] };
  const objects = [shop, { ...pod!, metadata }];
  const way = (unknownOwners: "report" | "evict") => {
    const settings = { ...defaultSettings, restart: { ...defaultSettings.restart, unknownOwners } };
    return outdatedOf(decisionOf(objects, { settings })("Deployment.apps.kruise.io/web"));
  };
  assert.equal(way("report").way.kind, "report");
  assert.equal(way("evict").way.kind, "evict");
  assert.deepEqual(fieldsOf(way("evict")), ["image"]);
  assert.equal(
    decisionOf([shop, { ...pod!, metadata: { ...metadata, ownerReferences: [] } }])(
      `Pod/${(metadata as unknown as { name: string }).name}`,
    )?.kind,
    "outdated",
  );
});

test("an owner that was not seen yet makes its pods unknown", () => {
  const [, replicaSet, pod] = workload("Deployment", "web", { injectedBy: v28 });
  const { name } = replicaSet!["metadata"] as { name: string };
  assert.equal(decisionOf([shop, pod!])(`ReplicaSet.apps/${name}`)?.kind, "unknown");
  assert.equal(decisionOf([shop, replicaSet!, pod!])(web)?.kind, "unknown");
});

test("finished pods and pods on their way out are no evidence", () => {
  const [deployment, replicaSet, pod] = workload("Deployment", "web", { injectedBy: v28 });
  const gone = { ...pod!, status: { phase: "Succeeded" } };
  const going = {
    ...pod!,
    metadata: { ...(pod!["metadata"] as JsonObject), deletionTimestamp: "2026-01-02T00:00:00Z" },
  };
  for (const one of [gone, going]) {
    assert.equal(decisionOf([shop, deployment!, replicaSet!, one])(web)?.kind, "current");
  }
});
