import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { asKind, type Condition, type Pod } from "../../src/controllers/common/objects.ts";
import type { Job } from "../../src/controllers/job/job.ts";
import { jobController } from "../../src/controllers/job/job-controller.ts";
import { ttlAfterFinishedController } from "../../src/controllers/job/ttl-controller.ts";
import { fakeNode, type FakeNodeOptions } from "./fake-node.ts";
import { simCluster, type SimCluster } from "./sim-cluster.ts";

const work = (spec: JsonObject = {}, pod: JsonObject = {}): JsonObject => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "work" },
  spec: {
    ...spec,
    template: { spec: { restartPolicy: "Never", ...pod, containers: [{ name: "work", image: "a:1" }] } },
  },
});

const succeeds: FakeNodeOptions = { endsAfterMs: () => ({ ms: 2000, exitCode: 0 }) };
const fails: FakeNodeOptions = { endsAfterMs: () => ({ ms: 2000, exitCode: 1 }) };

function start(t: TestContext, node: FakeNodeOptions): SimCluster {
  const cluster = simCluster([jobController(), ttlAfterFinishedController(), fakeNode(node)]);
  t.after(() => cluster.stop());
  return cluster;
}

const jobOf = (cluster: SimCluster): Job =>
  asKind(cluster.api.get("jobs.batch", { namespace: "default", name: "work" })!);

const conditionsOf = (cluster: SimCluster): string[] =>
  (jobOf(cluster).status?.conditions ?? []).map(
    ({ type, status, reason, message }: Condition) => `${type} ${status} ${reason} ${message}`,
  );

/** Without conditions and times. */
function countsOf(cluster: SimCluster): object {
  const { conditions: _, startTime: __, completionTime: ___, ...counts } = jobOf(cluster).status!;
  return counts;
}

const podsOf = (cluster: SimCluster): Pod[] => cluster.api.list("pods").map((pod) => asKind<Pod>(pod));

const said = (cluster: SimCluster): string[] => cluster.events().map((text) => text.replace(/work-[\w-]+/, "work-#"));

const created = (cluster: SimCluster): number => cluster.writes.filter((text) => text.startsWith("create pods")).length;

test("runs as many pods at once as it may, until as many have succeeded as are wanted", async (t) => {
  const cluster = start(t, succeeds);
  await cluster.apply(work({ completions: 5, parallelism: 2 }));
  await cluster.settled();
  assert.equal(podsOf(cluster).length, 2);
  assert.deepEqual(podsOf(cluster)[0]!.metadata.finalizers, ["batch.kubernetes.io/job-tracking"]);
  await cluster.pass(15_000);
  assert.deepEqual(countsOf(cluster), { succeeded: 5, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
  assert.deepEqual(conditionsOf(cluster), [
    "SuccessCriteriaMet True CompletionsReached Reached expected number of succeeded pods",
    "Complete True CompletionsReached Reached expected number of succeeded pods",
  ]);
  assert.ok(jobOf(cluster).status?.completionTime);
  assert.equal(
    podsOf(cluster).some(({ metadata }) => metadata.finalizers !== undefined),
    false,
  );
  assert.deepEqual(
    new Set(said(cluster)),
    new Set(["Normal SuccessfulCreate Created pod: work-#", "Normal Completed Job completed"]),
  );
  assert.deepEqual(cluster.errors, []);
});

test("tries again with longer and longer pauses, and gives up at its back-off limit", async (t) => {
  const cluster = start(t, fails);
  await cluster.apply(work({ backoffLimit: 2 }));
  await cluster.pass(5000);
  assert.equal(created(cluster), 1);
  await cluster.pass(10_000);
  assert.equal(created(cluster), 2, "10 s after the first failure");
  await cluster.pass(15_000);
  assert.equal(created(cluster), 2, "not yet 20 s after the second");
  await cluster.pass(20_000);
  assert.equal(created(cluster), 3);
  assert.deepEqual(conditionsOf(cluster), [
    "FailureTarget True BackoffLimitExceeded Job has reached the specified backoff limit",
    "Failed True BackoffLimitExceeded Job has reached the specified backoff limit",
  ]);
  assert.deepEqual(countsOf(cluster), { failed: 3, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
  assert.equal(said(cluster).at(-1), "Warning BackoffLimitExceeded Job has reached the specified backoff limit");
});

test("gives every index a pod of its own", async (t) => {
  const cluster = start(t, succeeds);
  await cluster.apply(work({ completions: 3, parallelism: 3, completionMode: "Indexed" }));
  await cluster.settled();
  const pods = podsOf(cluster);
  assert.deepEqual(
    pods.map(({ metadata }) => metadata.annotations?.["batch.kubernetes.io/job-completion-index"]),
    ["0", "1", "2"],
  );
  const [pod] = pods;
  assert.match(pod!.metadata.name, /^work-0-\w{5}$/);
  assert.equal((pod!.spec as { hostname?: string }).hostname, "work-0");
  const [container] = pod!.spec.containers as unknown as { env: { name: string }[] }[];
  assert.deepEqual(
    container!.env.map(({ name }) => name),
    ["JOB_COMPLETION_INDEX"],
  );
  await cluster.pass(5000);
  assert.equal(jobOf(cluster).status?.completedIndexes, "0-2");
});

test("fails indexes one by one where each has a limit of its own", async (t) => {
  const node: FakeNodeOptions = {
    endsAfterMs: ({ metadata }) => ({
      ms: 2000,
      exitCode: metadata.annotations?.["batch.kubernetes.io/job-completion-index"] === "1" ? 1 : 0,
    }),
  };
  const cluster = start(t, node);
  await cluster.apply(work({ completions: 3, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 1 }));
  await cluster.pass(30_000);
  assert.deepEqual([jobOf(cluster).status?.completedIndexes, jobOf(cluster).status?.failedIndexes], ["0,2", "1"]);
  assert.deepEqual(conditionsOf(cluster), [
    "FailureTarget True FailedIndexes Job has failed indexes",
    "Failed True FailedIndexes Job has failed indexes",
  ]);
  const failures = podsOf(cluster)
    .filter(({ metadata }) => metadata.name.startsWith("work-1-"))
    .map(({ metadata }) => metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]);
  assert.deepEqual(failures.sort(), ["0", "1"]);
});

test("is through once a rule of its success policy is met, and stops the rest", async (t) => {
  const node: FakeNodeOptions = {
    endsAfterMs: ({ metadata }) =>
      metadata.annotations?.["batch.kubernetes.io/job-completion-index"] === "0"
        ? { ms: 2000, exitCode: 0 }
        : undefined,
  };
  const cluster = start(t, node);
  const successPolicy = { rules: [{ succeededIndexes: "0" }] };
  await cluster.apply(work({ completions: 3, parallelism: 3, completionMode: "Indexed", successPolicy }));
  await cluster.pass(10_000);
  assert.deepEqual(conditionsOf(cluster), [
    "SuccessCriteriaMet True SuccessPolicy Matched rules at index 0",
    "Complete True SuccessPolicy Matched rules at index 0",
  ]);
  assert.equal(jobOf(cluster).status?.succeeded, 1);
  assert.equal(podsOf(cluster).filter(({ status }) => status?.phase === "Running").length, 0);
});

test("fails at once where a rule of its pod failure policy says so", async (t) => {
  const cluster = start(t, { endsAfterMs: () => ({ ms: 2000, exitCode: 42 }) });
  const podFailurePolicy = { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }] };
  await cluster.apply(work({ backoffLimit: 6, podFailurePolicy }));
  await cluster.pass(5000);
  const [pod] = podsOf(cluster);
  const message = `Container work for pod default/${pod!.metadata.name} failed with exit code 42 matching FailJob rule at index 0`;
  assert.deepEqual(conditionsOf(cluster), [
    `FailureTarget True PodFailurePolicy ${message}`,
    `Failed True PodFailurePolicy ${message}`,
  ]);
});

test("does not count failures that its pod failure policy ignores", async (t) => {
  const cluster = start(t, { endsAfterMs: () => ({ ms: 1000, exitCode: 7 }) });
  const podFailurePolicy = { rules: [{ action: "Ignore", onExitCodes: { operator: "NotIn", values: [42] } }] };
  await cluster.apply(work({ backoffLimit: 0, podFailurePolicy }));
  await cluster.pass(40_000);
  assert.ok(created(cluster) > 1);
  assert.equal(jobOf(cluster).status?.failed, undefined);
  assert.deepEqual(conditionsOf(cluster), []);
});

test("ends when it has been active for too long", async (t) => {
  const cluster = start(t, {});
  await cluster.apply(work({ activeDeadlineSeconds: 10 }));
  await cluster.pass(9000);
  assert.deepEqual(conditionsOf(cluster), []);
  await cluster.pass(1000);
  assert.deepEqual(conditionsOf(cluster), [
    "FailureTarget True DeadlineExceeded Job was active longer than specified deadline",
  ]);
  await cluster.pass(3000);
  assert.equal(conditionsOf(cluster)[1], "Failed True DeadlineExceeded Job was active longer than specified deadline");
});

test("stops its pods while it is suspended, and starts anew when it is resumed", async (t) => {
  const cluster = start(t, {});
  await cluster.apply(work({ parallelism: 2, completions: 2 }));
  await cluster.pass(3000);
  await cluster.apply(work({ parallelism: 2, completions: 2, suspend: true }));
  await cluster.pass(3000);
  assert.deepEqual(podsOf(cluster), []);
  assert.deepEqual(conditionsOf(cluster), ["Suspended True JobSuspended Job suspended"]);
  assert.equal(jobOf(cluster).status?.startTime, undefined);
  await cluster.apply(work({ parallelism: 2, completions: 2, suspend: false }));
  await cluster.pass(3000);
  assert.deepEqual(conditionsOf(cluster), ["Suspended False JobResumed Job resumed"]);
  assert.equal(jobOf(cluster).status?.active, 2);
  assert.ok(said(cluster).includes("Normal Suspended Job suspended"));
  assert.ok(said(cluster).includes("Normal Resumed Job resumed"));
});

test("waits until a pod has failed before it replaces it, if told to", async (t) => {
  const slow: FakeNodeOptions = { stopsAfterMs: 5000 };
  for (const [podReplacementPolicy, expected] of [
    ["Failed", 1],
    ["TerminatingOrFailed", 2],
  ] as const) {
    const cluster = start(t, slow);
    await cluster.apply(work({ podReplacementPolicy }));
    await cluster.pass(2000);
    await cluster.api.delete("pods", { namespace: "default", name: podsOf(cluster)[0]!.metadata.name });
    await cluster.pass(2000);
    assert.equal(created(cluster), 1, `${podReplacementPolicy}, in back-off`);
    await cluster.pass(9000);
    assert.equal(created(cluster), expected, podReplacementPolicy);
  }
});

test("is deleted when its time after the end is over", async (t) => {
  const cluster = start(t, succeeds);
  await cluster.apply(work({ ttlSecondsAfterFinished: 30 }));
  await cluster.pass(30_000);
  assert.notEqual(cluster.api.get("jobs.batch", { namespace: "default", name: "work" }), undefined);
  await cluster.pass(5000);
  const job = cluster.api.get("jobs.batch", { namespace: "default", name: "work" });
  assert.ok(job === undefined || asKind<Job>(job).metadata.deletionTimestamp !== undefined);
});

test("lets go of pods that nothing counts any more", async (t) => {
  const cluster = start(t, {});
  await cluster.apply(work());
  await cluster.pass(2000);
  await cluster.api.delete("jobs.batch", { namespace: "default", name: "work" }, { propagationPolicy: "Background" });
  await cluster.pass(2000);
  assert.equal(podsOf(cluster)[0]!.metadata.finalizers, undefined);
});
