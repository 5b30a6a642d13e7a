import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { asKind } from "../../src/controllers/common/objects.ts";
import type { CronJob } from "../../src/controllers/cronjob/cron-job.ts";
import { cronJobController } from "../../src/controllers/cronjob/cron-job-controller.ts";
import { jobController } from "../../src/controllers/job/job-controller.ts";
import { fakeNode, type FakeNodeOptions } from "./fake-node.ts";
import { simCluster, type SimCluster } from "./sim-cluster.ts";

const tick = (spec: JsonObject = {}): JsonObject => ({
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "tick" },
  spec: {
    schedule: "* * * * *",
    ...spec,
    jobTemplate: {
      metadata: { labels: { of: "tick" } },
      spec: {
        backoffLimit: 0,
        template: { spec: { restartPolicy: "Never", containers: [{ name: "tick", image: "a:1" }] } },
      },
    },
  },
});

const quick: FakeNodeOptions = { endsAfterMs: () => ({ ms: 5000, exitCode: 0 }) };
const minute = 60_000;

function start(t: TestContext, node: FakeNodeOptions = quick): SimCluster {
  const cluster = simCluster([cronJobController(), jobController(), fakeNode(node)]);
  t.after(() => cluster.stop());
  return cluster;
}

const cronJobOf = (cluster: SimCluster): CronJob =>
  asKind(cluster.api.get("cronjobs.batch", { namespace: "default", name: "tick" })!);

const jobsOf = (cluster: SimCluster): string[] =>
  cluster.api.list("jobs.batch").map((job) => asKind(job).metadata.name);

const of = (cluster: SimCluster, reason: string): string[] =>
  cluster.events().filter((text) => text.split(" ")[1] === reason);

/** The name of the Job that is due so many minutes after the start. */
const jobAt = (minutes: number): string => `tick-${Date.UTC(2026, 0, 1, 0, minutes) / minute}`;

test("starts a Job on schedule, and says when it is done", async (t) => {
  const cluster = start(t);
  await cluster.apply(tick());
  await cluster.pass(minute + 1000);
  assert.deepEqual(jobsOf(cluster), [jobAt(1)]);
  const [job] = cluster.api.list("jobs.batch").map((one) => asKind(one));
  assert.deepEqual(job!.metadata.labels, { of: "tick" });
  assert.deepEqual(job!.metadata.annotations, {
    "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:01:00Z",
  });
  assert.deepEqual(
    cronJobOf(cluster).status?.active?.map(({ name }) => name),
    [jobAt(1)],
  );
  await cluster.pass(10_000);
  const { active, lastScheduleTime, lastSuccessfulTime } = cronJobOf(cluster).status!;
  assert.deepEqual([active, lastScheduleTime], [undefined, "2026-01-01T00:01:00Z"]);
  assert.ok(lastSuccessfulTime !== undefined && lastSuccessfulTime > "2026-01-01T00:01:05Z");
  assert.deepEqual(of(cluster, "SuccessfulCreate")[0], `Normal SuccessfulCreate Created job ${jobAt(1)}`);
  assert.deepEqual(of(cluster, "SawCompletedJob"), [
    `Normal SawCompletedJob Saw completed job: ${jobAt(1)}, condition: Complete`,
  ]);
  assert.deepEqual(cluster.errors, []);
});

test("lets Jobs overlap, holds back or replaces, as its concurrency policy says", async (t) => {
  const endless: FakeNodeOptions = {};
  const cases = [
    ["Allow", [jobAt(1), jobAt(2), jobAt(3)]],
    ["Forbid", [jobAt(1)]],
    ["Replace", [jobAt(3)]],
  ] as const;
  for (const [concurrencyPolicy, expected] of cases) {
    const cluster = start(t, endless);
    await cluster.apply(tick({ concurrencyPolicy }));
    await cluster.pass(3 * minute + 5000, 5000);
    assert.deepEqual(
      cronJobOf(cluster).status?.active?.map(({ name }) => name),
      expected,
      concurrencyPolicy,
    );
    const notes = of(cluster, "JobAlreadyActive");
    const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
    if (concurrencyPolicy === "Forbid") assert.ok(notes[0]?.startsWith(`Normal JobAlreadyActive ${message}`));
    else assert.deepEqual(notes, []);
    const deleted = of(cluster, "SuccessfulDelete").filter((text) => text.includes("Deleted job "));
    assert.equal(deleted.length, concurrencyPolicy === "Replace" ? 2 : 0);
  }
});

test("does nothing while it is suspended, nor makes up for what it missed beyond its deadline", async (t) => {
  const cluster = start(t);
  await cluster.apply(tick({ schedule: "*/10 * * * *", suspend: true, startingDeadlineSeconds: 60 }));
  await cluster.pass(13 * minute, 10_000);
  assert.deepEqual(jobsOf(cluster), []);
  await cluster.apply(tick({ schedule: "*/10 * * * *", suspend: false, startingDeadlineSeconds: 60 }));
  await cluster.pass(minute, 10_000);
  assert.deepEqual(jobsOf(cluster), [], "10:00 is more than 60 s ago");
  await cluster.pass(7 * minute, 10_000);
  assert.deepEqual(jobsOf(cluster), [jobAt(20)]);
});

test("starts the latest Job that it missed, without a deadline", async (t) => {
  const cluster = start(t);
  await cluster.apply(tick({ schedule: "*/10 * * * *", suspend: true }));
  await cluster.pass(25 * minute, 60_000);
  await cluster.apply(tick({ schedule: "*/10 * * * *", suspend: false }));
  await cluster.pass(1000);
  assert.deepEqual(jobsOf(cluster), [jobAt(20)]);
});

test("waits for the next time when its schedule has changed", async (t) => {
  const cluster = start(t);
  await cluster.apply(tick({ schedule: "0 5 * * *" }));
  await cluster.pass(3 * minute, 60_000);
  await cluster.apply(tick({ schedule: "* * * * *" }));
  await cluster.pass(30_000, 10_000);
  assert.deepEqual(jobsOf(cluster), []);
  await cluster.pass(40_000, 10_000);
  assert.deepEqual(jobsOf(cluster), [jobAt(4)]);
});

test("keeps as many finished Jobs as history wants", async (t) => {
  const cluster = start(t);
  await cluster.apply(tick({ successfulJobsHistoryLimit: 2 }));
  await cluster.pass(4 * minute + 20_000, 5000);
  assert.deepEqual(jobsOf(cluster), [jobAt(3), jobAt(4)]);
  assert.ok(of(cluster, "SuccessfulDelete").some((text) => text === `Normal SuccessfulDelete Deleted job ${jobAt(1)}`));
});

test("tells times in its zone", async (t) => {
  const cluster = start(t);
  await cluster.apply(tick({ schedule: "5 9 * * *", timeZone: "Asia/Tokyo" }));
  await cluster.pass(6 * minute, 30_000);
  const [job] = cluster.api.list("jobs.batch").map((one) => asKind(one));
  assert.equal(
    job?.metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"],
    "2026-01-01T09:05:00+09:00",
  );
});
