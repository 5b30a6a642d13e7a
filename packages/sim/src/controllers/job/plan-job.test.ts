import assert from "node:assert/strict";
import { test } from "node:test";
import { asKind, type Pod } from "../common/objects.ts";
import { finishedAt, nextRecord, noFailures, remainingMs } from "./backoff.ts";
import { matchFailurePolicy } from "./failure-policy.ts";
import { withIndexes } from "./intervals.ts";
import type { Job } from "./job.ts";
import { matchSuccessPolicy } from "./plan-job.ts";

const second = 1000;
const job = (spec: Partial<Job["spec"]>): Job =>
  asKind<Job>({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "work", namespace: "default", uid: "u" },
    spec: { template: { spec: {} }, ...spec } as never,
  });

function pod(endedAt: number, exitCode = 1, conditions: { type: string; status: string }[] = []): Pod {
  const terminated = { exitCode, finishedAt: new Date(endedAt).toISOString() };
  return asKind<Pod>({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "work-x", namespace: "default", uid: `at ${endedAt}`, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: {},
    status: {
      phase: exitCode === 0 ? "Succeeded" : "Failed",
      conditions,
      containerStatuses: [{ name: "main", state: { terminated } }],
    },
  });
}

test("waits 10 s, 20 s, 40 s … up to 10 min after the last failure", () => {
  const waits = [1, 2, 3, 6, 7, 20, 5000].map((failures) => remainingMs({ failures, lastMs: 0 }, 0) / second);
  assert.deepEqual(waits, [10, 20, 40, 320, 600, 600, 600]);
  assert.equal(remainingMs({ failures: 1, lastMs: 0 }, 4 * second), 6 * second);
  assert.equal(remainingMs({ failures: 1, lastMs: 0 }, 11 * second), 0);
  assert.equal(remainingMs(noFailures, 0), 0);
});

test("forgets failures before a success", () => {
  const before = { failures: 3, lastMs: 5 * second };
  assert.deepEqual(nextRecord(before, [], []), before);
  assert.deepEqual(nextRecord(before, [], [pod(9 * second), pod(8 * second)]), { failures: 5, lastMs: 9 * second });
  assert.deepEqual(nextRecord(before, [pod(9 * second, 0)], []), noFailures);
  assert.deepEqual(nextRecord(before, [pod(9 * second, 0)], [pod(8 * second), pod(10 * second)]), {
    failures: 1,
    lastMs: 10 * second,
  });
});

test("takes the end of containers, of readiness, of deletion or the start for when a pod ended", () => {
  const bare = { ...pod(0), status: { phase: "Failed" } };
  assert.equal(finishedAt(pod(7 * second)), 7 * second);
  assert.equal(finishedAt(bare), Date.UTC(2026, 0, 1));
  const deleted = { ...bare.metadata, deletionTimestamp: "2026-01-01T00:01:00Z", deletionGracePeriodSeconds: 30 };
  assert.equal(finishedAt({ ...bare, metadata: deleted }), Date.UTC(2026, 0, 1, 0, 0, 30));
});

test("goes by the first rule of a pod failure policy that matches", () => {
  const rules = [
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    { action: "FailJob", onExitCodes: { containerName: "main", operator: "In", values: [42] } },
    { action: "FailIndex", onExitCodes: { operator: "NotIn", values: [1, 42] } },
  ];
  const match = (one: Pod): unknown => matchFailurePolicy(job({ podFailurePolicy: { rules } }), one);
  assert.deepEqual(match(pod(0, 42, [{ type: "DisruptionTarget", status: "True" }])), {
    failsJob: undefined,
    counts: false,
    action: "Ignore",
  });
  assert.deepEqual(match(pod(0, 42)), {
    failsJob: "Container main for pod default/work-x failed with exit code 42 matching FailJob rule at index 1",
    counts: true,
    action: "FailJob",
  });
  assert.deepEqual(match(pod(0, 7)), { failsJob: undefined, counts: true, action: "FailIndex" });
  assert.deepEqual(match(pod(0, 1)), { failsJob: undefined, counts: true, action: undefined });
});

test("is through by a rule of its success policy", () => {
  const met = (rules: NonNullable<Job["spec"]["successPolicy"]>["rules"], indexes: number[]): string | undefined =>
    matchSuccessPolicy(job({ completions: 10, successPolicy: { rules } }), withIndexes([], indexes));
  assert.equal(met([{ succeededIndexes: "0,2-3" }], [0, 2]), undefined);
  assert.equal(met([{ succeededIndexes: "0,2-3" }], [0, 2, 3, 9]), "Matched rules at index 0");
  assert.equal(met([{ succeededIndexes: "0,2-3", succeededCount: 2 }], [2, 3]), "Matched rules at index 0");
  assert.equal(met([{ succeededIndexes: "7" }, { succeededCount: 2 }], [1, 2]), "Matched rules at index 1");
});
