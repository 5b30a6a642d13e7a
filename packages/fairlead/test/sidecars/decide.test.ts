/** What is outdated, and what nobody can know. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { IstioOptions } from "@fairlead/sim";
import type { Decision, Outdated } from "../../src/plan/sidecars/model/decision.ts";
import type { SidecarSettings } from "../../src/plan/sidecars/model/settings.ts";
import { targetOf } from "../../src/plan/sidecars/decide/differences.ts";
import { defaultSettings, fortsaSettings } from "../../src/plan/sidecars/presets.ts";
import {
  answersBy,
  askedAt,
  decideAll,
  doubtsOf,
  istio,
  namespaceOf,
  viewOf,
  workload,
  type AnswersOptions,
} from "./plan-world.ts";
import { decisionOf, fieldsOf, outdatedOf, rev28, rev29, shop, v28, v29, web } from "./decided.ts";

test("a workload whose pods have what would be injected is current", () => {
  for (const kind of ["Deployment", "StatefulSet", "DaemonSet", "Rollout"] as const) {
    const group = kind === "Rollout" ? "argoproj.io" : "apps";
    const decision = decisionOf([shop, ...workload(kind, "web", { injectedBy: v29, replicas: 2 })])(
      `${kind}.${group}/web`,
    );
    assert.equal(decision?.kind, "current", JSON.stringify(decision));
  }
});

test("finds the old image, and says from what to what", () => {
  const outdated = outdatedOf(
    decisionOf([shop, ...workload("Deployment", "web", { injectedBy: v28, replicas: 2 })])(web),
  );
  assert.equal(outdated.restarts, true);
  assert.deepEqual(outdated.way, { kind: "annotate" });
  const image = outdated.differences.find(({ field }) => field === "image")!;
  assert.deepEqual(
    [image.from, image.to, image.pods],
    ["docker.io/istio/proxyv2:1.28.0", "docker.io/istio/proxyv2:1.29.0", 2],
  );
  assert.deepEqual(outdated.pods, { total: 2, ready: 2, outdated: 2 });
});

test("finds another revision behind the same image", () => {
  const moved = { version: "1.28.0", revision: "1-28b" };
  const space = namespaceOf("shop", { "istio.io/rev": "1-28b" });
  const decision = decisionOf([space, ...workload("Deployment", "web", { injectedBy: rev28 })], {
    planes: [rev28, moved],
  });
  const outdated = outdatedOf(decision(web));
  assert.deepEqual(
    outdated.differences.filter(({ field }) => field !== "env").map(({ field, from, to }) => [field, from, to]),
    [["revision", "1-28", "1-28b"]],
  );
});

test("follows a tag that was moved", () => {
  const space = namespaceOf("shop", { "istio.io/rev": "stable" });
  const objects = [space, ...workload("Deployment", "web", { injectedBy: rev28 })];
  assert.equal(decisionOf(objects, { planes: [rev28, rev29] })(web)?.kind, "current");
  const [before, after] = [
    { ...rev28, tags: [] },
    { ...rev29, tags: ["stable"] },
  ];
  assert.ok(fieldsOf(decisionOf(objects, { planes: [before, after] })(web)).includes("image"));
});

test("finds changed resources, arguments, init containers and placement of the same version", () => {
  const objects = [shop, ...workload("Deployment", "web", { injectedBy: v29 })];
  const fields = (plane: IstioOptions): string[] => fieldsOf(decisionOf(objects, { planes: [plane] })(web));
  assert.deepEqual(fields({ ...v29, cni: true }), ["init"]);
  assert.deepEqual(fields({ ...v29, nativeSidecars: true }), ["placement"]);
});

test("does nothing about a field that settings ignore, and only reports one that they report", () => {
  const objects = [shop, ...workload("Deployment", "web", { injectedBy: v29 })];
  const with_ = (init: "ignore" | "report"): SidecarSettings => ({
    ...defaultSettings,
    compare: { ...defaultSettings.compare, fields: { ...defaultSettings.compare.fields, init } },
  });
  const planes = [{ ...v29, cni: true }];
  assert.equal(decisionOf(objects, { planes, settings: with_("ignore") })(web)?.kind, "current");
  assert.equal(outdatedOf(decisionOf(objects, { planes, settings: with_("report") })(web)).restarts, false);
});

test("the injector itself says that pods on the node's network get no proxy", () => {
  const options = { podSpec: { hostNetwork: true, containers: [{ name: "app", image: "app:1" }] } };
  assert.equal(decisionOf([shop, ...workload("Deployment", "web", options)])(web)?.kind, "current");
});

test("a pod without a proxy where one would be injected gets one, and keeps none where it opts out", () => {
  assert.deepEqual(fieldsOf(decisionOf([shop, ...workload("Deployment", "web")])(web)), ["added"]);
  const out = { podAnnotations: { "sidecar.istio.io/inject": "false" } };
  assert.equal(decisionOf([shop, ...workload("Deployment", "web", out)])(web)?.kind, "current");
  const label = { podLabels: { "sidecar.istio.io/inject": "false" } };
  assert.equal(decisionOf([shop, ...workload("Deployment", "web", label)])(web)?.kind, "outside");
});

test("a proxy that would not be injected any more is removed, where labels no longer ask for it", () => {
  const left = namespaceOf("shop");
  const outdated = outdatedOf(decisionOf([left, ...workload("Deployment", "web", { injectedBy: v29 })])(web));
  assert.deepEqual(
    outdated.differences.map(({ field, to }) => [field, to]),
    [["removed", "none"]],
  );
  assert.equal(outdated.target, "none");
});

test("a revision that no webhook serves is unknown, for its injector may come back", () => {
  const space = namespaceOf("shop", { "istio.io/rev": "1-27" });
  const decision = decisionOf([space, ...workload("Deployment", "web", { injectedBy: v28 })])(web);
  assert.equal(decision?.kind, "unknown");
});

test("restarts nothing that is not known", () => {
  const objects = [shop, ...istio(v29), ...workload("Deployment", "web", { injectedBy: v28 })];
  const view = viewOf(objects);
  const kindIn = (state: "stale" | "unread" | "paused"): string | undefined => {
    const changed = view.with([{ kind: "cluster", cluster: { name: "east", region: "r1", state } }]).view;
    return decideAll(changed, answersBy([v29])).get("east/shop/Deployment.apps/web")?.kind;
  };
  for (const state of ["stale", "unread", "paused"] as const) assert.equal(kindIn(state), "unknown");
  const reasonOf = (answers: AnswersOptions): string => {
    const decision = decisionOf(objects, { answers })(web);
    assert.equal(decision?.kind, "unknown");
    return decision?.kind === "unknown" ? decision.reason : "";
  };
  assert.equal(reasonOf({ failing: () => "it answered 503" }), "it answered 503");
  assert.equal(reasonOf({ state: () => ({ kind: "settling", reason: "istiod rolls out" }) }), "istiod rolls out");
});

test("asks again as long as there is no usable answer", () => {
  const view = viewOf([shop, ...istio(v29), ...workload("Deployment", "web", { injectedBy: v28 })]);
  const needs = (failing?: () => string): number => {
    const answers = answersBy([v29], failing === undefined ? {} : { failing });
    return (
      [...view.keys()].length - [...decideAll(view, answers).values()].filter(({ kind }) => kind !== "unknown").length
    );
  };
  assert.equal(
    needs(() => "503"),
    1,
  );
  assert.equal(needs(), 0);
});

test("leaves a rollout alone until it has ended, and says where it failed", () => {
  const rolling = (status: JsonObject, spec: JsonObject = {}): Decision | undefined =>
    decisionOf([shop, ...workload("Deployment", "web", { injectedBy: v28, replicas: 3, status, spec })])(web);
  assert.equal(rolling({ observedGeneration: 0 })?.kind, "rolling");
  assert.equal(rolling({ updatedReplicas: 1 })?.kind, "rolling");
  assert.equal(rolling({ replicas: 4 })?.kind, "rolling");
  const failed = rolling({
    conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "timed out" }],
  });
  assert.deepEqual(failed?.kind === "rolling" && failed.failed, "timed out");
  // A pod that is unavailable long after its rollout is none.
  assert.equal(rolling({ availableReplicas: 2 })?.kind, "outdated");
});

test("a restart that did not help is known by its mark", () => {
  const answers = answersBy([v29]);
  decideAll(viewOf([shop, ...istio(v29), ...workload("Deployment", "web", { injectedBy: v28 })]), answers);
  const [question] = answers.asked.values();
  const answer = answers.get(question!);
  const target = targetOf(answer?.kind === "injected" ? answer.proxy : undefined);
  const marked = (value: string): Outdated =>
    outdatedOf(
      decisionOf([
        shop,
        ...workload("Deployment", "web", {
          injectedBy: v28,
          podAnnotations: { "sidecars.fairlead.dev/restarted-for": value, "kubectl.kubernetes.io/restartedAt": "x" },
        }),
      ])(web),
    );
  assert.deepEqual([marked(target).stillDiffers, marked(target).restartedFor], [true, target]);
  assert.deepEqual([marked("another").stillDiffers, marked("another").target], [false, target]);
});

test("a pod that came after the answer and differs from it puts it in doubt", () => {
  const doubts = (podsCreatedAt: string): number => {
    const objects = [shop, ...istio(v29), ...workload("Deployment", "web", { injectedBy: v28, podsCreatedAt })];
    return doubtsOf(viewOf(objects), answersBy([v29], { at: askedAt })).length;
  };
  assert.equal(doubts("2026-05-31T23:59:59Z"), 0);
  assert.equal(doubts("2026-06-01T00:00:01Z"), 1);
});

test("workloads that differ in name and namespace alone share a question", () => {
  const spaces = ["a", "b", "c"].map((name) => namespaceOf(name, { "istio-injection": "enabled" }));
  const objects = ["a", "b", "c"].flatMap((namespace) =>
    ["x", "y"].flatMap((name) => workload("Deployment", name, { namespace, app: "web", injectedBy: v28 })),
  );
  const answers = answersBy([v29]);
  decideAll(viewOf([...istio(v29), ...spaces, ...objects]), answers);
  assert.equal(answers.asked.size, 1);
  const other = answersBy([v29]);
  const labelled = namespaceOf("c", { "istio-injection": "enabled", team: "x" });
  decideAll(viewOf([...istio(v29), ...spaces.slice(0, 2), labelled, ...objects]), other);
  assert.equal(other.asked.size, 2);
});

test("ProxyConfigs of the namespace, the pod and the mesh are part of the question", () => {
  const objects = [shop, ...istio(v29), ...workload("Deployment", "web", { injectedBy: v28 })];
  const keys = (config: JsonObject[]): string => {
    const answers = answersBy([v29]);
    decideAll(viewOf([...objects, ...config]), answers);
    return [...answers.asked.keys()].join();
  };
  const config = (namespace: string, matchLabels?: JsonObject): JsonObject => ({
    apiVersion: "networking.istio.io/v1beta1",
    kind: "ProxyConfig",
    metadata: { name: "p", namespace },
    spec: { concurrency: 2, ...(matchLabels === undefined ? {} : { selector: { matchLabels } }) },
  });
  const plain = keys([]);
  assert.notEqual(keys([config("shop")]), plain);
  assert.notEqual(keys([config("shop", { app: "web" })]), plain);
  assert.notEqual(keys([config("istio-system")]), plain);
  assert.equal(keys([config("shop", { app: "db" })]), plain);
  assert.equal(keys([config("istio-system", { app: "web" })]), plain);
  assert.equal(keys([config("other")]), plain);
});

test("the predecessor's rules look at images alone, whatever the registry, and remove nothing", () => {
  const decision = (by: IstioOptions, plane: IstioOptions): string | undefined =>
    decisionOf([shop, ...workload("Deployment", "web", { injectedBy: by })], {
      planes: [plane],
      settings: fortsaSettings,
    })(web)?.kind;
  assert.equal(decision(v29, { ...v29, hub: "registry.example.com:5000/istio", cni: true }), "current");
  assert.equal(decision(v28, v29), "outdated");
  const left = decisionOf([namespaceOf("shop"), ...workload("Deployment", "web", { injectedBy: v28 })], {
    settings: fortsaSettings,
  });
  assert.equal(left(web)?.kind, "current");
});

test("what holds its proxy itself is not restarted for what others changed of it", () => {
  const podSpec = { containers: [{ name: "istio-proxy", image: "docker.io/istio/proxyv2:1.28.0" }] };
  const [deployment, replicaSet, pod] = workload("Deployment", "web", { podSpec });
  const resized = JSON.parse(
    JSON.stringify(pod).replace('"resources":{}', '"resources":{"requests":{"cpu":"1"}}'),
  ) as JsonObject;
  assert.notDeepEqual(resized, pod);
  assert.equal(decisionOf([namespaceOf("shop"), deployment!, replicaSet!, resized])(web)?.kind, "current");
});

test("three hundred workloads of twenty templates ask twenty questions", () => {
  const names = Array.from({ length: 10 }, (_, index) => `space-${index}`);
  const templates = Array.from({ length: 20 }, (_, index) =>
    workload("Deployment", "NAME", { namespace: "SPACE", app: `app-${index}`, injectedBy: v28 }),
  );
  const texts = templates.map((objects) => JSON.stringify(objects));
  const objects = Array.from({ length: 300 }, (_, index) => {
    const text = texts[index % texts.length]!.replaceAll("NAME", `web-${index}`).replaceAll(
      "SPACE",
      names[index % 10]!,
    );
    return JSON.parse(text) as JsonObject[];
  }).flat();
  const spaces = names.map((name) => namespaceOf(name, { "istio-injection": "enabled" }));
  const answers = answersBy([v29]);
  const decisions = decideAll(viewOf([...istio(v29), ...spaces, ...objects]), answers);
  assert.equal([...decisions.values()].filter(({ kind }) => kind === "outdated").length, 300);
  assert.equal(answers.asked.size, 20);
});
