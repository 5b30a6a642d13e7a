import assert from "node:assert/strict";
import { test } from "node:test";
import { benchOf, current, noon, outdated, rolling, target } from "../../../../test/sidecars/waves/samples.ts";
import type { RunEvent } from "../model/run.ts";
import { startRun } from "./start-run.ts";
import { step } from "./step.ts";

const minute = 60_000;
const pauseAll: RunEvent = { kind: "pause", by: "ann", reason: "a look", scope: { kind: "all" } };
const resumeAll: RunEvent = { kind: "resume", by: "ann", scope: { kind: "all" } };

test("restarts what is outdated, once, after the journal says so, and is done when it is current", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web"), current("east/shop/api"));
  const kinds = bench.step().map(({ kind }) => kind);
  assert.deepEqual(kinds, ["event", "journal", "restart"]);
  assert.deepEqual(bench.started(...bench.written("east/shop/web")), []);
  bench.set(rolling("east/shop/web"));
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.row("east/shop/web"), "restarting: 1 of 2 pods are ready");
  bench.pass(minute);
  bench.set(current("east/shop/web"));
  assert.deepEqual(
    bench.step().map(({ kind }) => kind),
    ["event", "journal"],
  );
  assert.equal(bench.row("east/shop/web"), "done: ");
  assert.equal(bench.row("east/shop/api"), "");
  assert.deepEqual([bench.state.progress.done, bench.state.progress.total], [1, 1]);
  assert.deepEqual(bench.state.journal.history, [
    { startedAt: noon, endedAt: noon + minute, restarted: 1, failed: 0, reason: "image proxyv2:1.28 → proxyv2:1.29" },
  ]);
  assert.equal(bench.last.again, undefined);
});

test("asks for what restarts: target, way, time and differences", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web"));
  const restart = bench.step().find(({ kind }) => kind === "restart");
  assert.ok(restart?.kind === "restart");
  assert.deepEqual([restart.target, restart.way.kind, restart.at], [target, "annotate", "2026-11-21T12:00:00Z"]);
  assert.equal(restart.differences[0]?.to, "proxyv2:1.29");
});

test("the same state and input give the same step", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web"), outdated("west/shop/web"), outdated("east/pay/web"), rolling("east/pay/db"));
  const { state } = bench;
  const { decisions, clusters, settings } = bench;
  const input = { now: noon, monotonic: 7, settings, decisions, changed: undefined, clusters, events: [pauseAll] };
  assert.deepEqual(step(state, input).actions, step(state, input).actions);
  const backwards = new Map([...decisions].reverse());
  assert.deepEqual(
    step(startRun(undefined, settings), { ...input, events: [], decisions: backwards }).actions,
    step(startRun(undefined, settings), { ...input, events: [] }).actions,
  );
});

test("waits where an action changed nothing, and asks again", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web"));
  bench.step();
  const action = bench.action("east/shop/web");
  assert.deepEqual(bench.started({ kind: "done", action, result: { kind: "changed" } }), []);
  assert.deepEqual(Object.keys(bench.state.journal.workloads), []);
  bench.pass(999);
  assert.deepEqual(bench.started(), []);
  bench.pass(1);
  assert.deepEqual(bench.started(), ["east/shop/web"]);
  assert.equal(bench.state.journal.run?.restarted, 1);
});

test("starts at once again where the object that changed is decided anew", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web"));
  bench.step();
  bench.set(outdated("east/shop/web"));
  const action = bench.action("east/shop/web");
  assert.deepEqual(bench.started({ kind: "done", action, result: { kind: "changed" } }), ["east/shop/web"]);
});

test("forgets what was not there once nothing is decided of it any more, and not before", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web"));
  bench.step();
  bench.step({ kind: "done", action: bench.action("east/shop/web"), result: { kind: "gone" } });
  const { progress, journal } = bench.state;
  assert.deepEqual([journal.workloads, progress.underWay, progress.waiting], [{}, 0, 1]);
  assert.equal(bench.row("east/shop/web"), "blocked: it was not there when it was to be restarted");
  bench.pass(1_000);
  assert.deepEqual(bench.started(), ["east/shop/web"]);
  bench.step({ kind: "done", action: bench.action("east/shop/web"), result: { kind: "gone" } });
  bench.remove("east/shop/web");
  bench.step();
  assert.deepEqual([bench.state.journal.workloads, bench.state.progress.waiting], [{}, 0]);
});

test("what could not be asked waits, says so, and is no failure", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web"));
  bench.step();
  const result = { kind: "changed", message: "connection refused" } as const;
  bench.step({ kind: "done", action: bench.action("east/shop/web"), result });
  assert.equal(bench.row("east/shop/web"), "blocked: connection refused");
  assert.equal(bench.state.progress.failed, 0);
});

test("a refused write is a failure; once forgiven it is tried again", () => {
  const bench = benchOf({ restart: { cooldownMs: 0 } });
  bench.set(outdated("east/shop/web"));
  bench.step();
  const result = { kind: "refused" as const, message: "forbidden" };
  assert.deepEqual(bench.started({ kind: "done", action: bench.action("east/shop/web"), result }), []);
  assert.equal(bench.row("east/shop/web"), "failed: refused: forbidden");
  assert.deepEqual(bench.started(resumeAll), ["east/shop/web"]);
});

test("what nobody knows is decided by what is observed next", () => {
  const unsure = (bench: ReturnType<typeof benchOf>): RunEvent => ({
    kind: "done",
    action: bench.action("east/shop/web"),
    result: { kind: "unsure", message: "connection lost" },
  });
  const written = benchOf();
  written.set(outdated("east/shop/web"));
  written.step();
  written.step(unsure(written));
  written.set(rolling("east/shop/web"));
  written.pass(10 * minute);
  assert.deepEqual(written.started(), []);
  written.set(current("east/shop/web"));
  written.step();
  assert.equal(written.row("east/shop/web"), "done: ");

  const lost = benchOf();
  lost.set(outdated("east/shop/web"));
  lost.step();
  lost.step(unsure(lost));
  lost.pass(59_000);
  assert.deepEqual(lost.started(), []);
  lost.pass(1_000);
  assert.deepEqual(lost.started(), ["east/shop/web"]);
});

test("a rollout over its deadline, or given up, has failed", () => {
  const late = benchOf();
  late.set(outdated("east/shop/web"));
  late.step();
  late.set(rolling("east/shop/web"));
  late.step(...late.written("east/shop/web"));
  late.pass(15 * minute);
  late.step();
  assert.equal(late.row("east/shop/web"), "failed: its rollout is not over after 15 min: 1 of 2 pods are ready");

  const given = benchOf();
  given.set(outdated("east/shop/web"));
  given.step();
  given.set(rolling("east/shop/web", { failed: "ProgressDeadlineExceeded" }));
  given.step(...given.written("east/shop/web"));
  assert.equal(given.row("east/shop/web"), "failed: ProgressDeadlineExceeded");
  given.set(current("east/shop/web"));
  given.step();
  assert.equal(given.state.journal.workloads["east/shop/Deployment.apps/web"]?.state, "done");
});

test("what still differs after its restart is broken, and not restarted for this target again", () => {
  const bench = benchOf({ restart: { cooldownMs: 0 } });
  bench.set(outdated("east/shop/web"));
  bench.step();
  bench.set(rolling("east/shop/web"));
  bench.step(...bench.written("east/shop/web"));
  bench.set(outdated("east/shop/web", { restartedFor: target, stillDiffers: true }));
  assert.deepEqual(bench.started(), []);
  assert.match(bench.row("east/shop/web"), /^broken: was restarted, and 2 of 2 pods still differ \(image: /);
  bench.pass(60 * minute);
  assert.deepEqual(bench.started(resumeAll), []);
  bench.set(outdated("east/shop/web", { target: "bbbbbbbbbbbb", restartedFor: target }));
  assert.deepEqual(bench.started(), ["east/shop/web"]);
});

test("what a template says it was restarted for is not restarted for that, whatever the journal says", () => {
  const bench = benchOf({ restart: { cooldownMs: 0 } });
  bench.set(outdated("east/shop/web", { restartedFor: target, stillDiffers: true }));
  bench.set(outdated("east/shop/api", { restartedFor: target }));
  assert.deepEqual(bench.started(), []);
  assert.match(bench.row("east/shop/web"), /^broken/);
  assert.match(bench.row("east/shop/api"), /^blocked: it was restarted for this already/);
  bench.pass(15 * minute);
  assert.deepEqual(bench.started(), []);
  assert.match(bench.row("east/shop/api"), /^broken/);
});

test("another target while one is under way: it finishes, cools down, and is restarted once for the new one", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web"));
  bench.step();
  bench.set(rolling("east/shop/web"));
  bench.step(...bench.written("east/shop/web"));
  bench.pass(minute);
  bench.set(outdated("east/shop/web", { target: "bbbbbbbbbbbb", restartedFor: target }));
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.row("east/shop/web"), "waiting: its last rollout is over since a short time only");
  assert.equal(bench.last.again, bench.now + 5 * minute);
  bench.pass(5 * minute);
  assert.deepEqual(bench.started(), ["east/shop/web"]);
});

test("a target that was left and comes back is a new change", () => {
  const bench = benchOf({ restart: { cooldownMs: 0 } });
  bench.set(outdated("east/shop/web"));
  bench.step();
  bench.set(rolling("east/shop/web"));
  bench.step(...bench.written("east/shop/web"));
  bench.set(current("east/shop/web"));
  bench.step();
  bench.step(pauseAll);
  bench.set(outdated("east/shop/web", { target: "bbbbbbbbbbbb", restartedFor: target }));
  bench.step();
  bench.set(outdated("east/shop/web", { restartedFor: target, stillDiffers: true }));
  assert.deepEqual(bench.started(resumeAll), ["east/shop/web"]);
});

test("reports what is not restarted, with its reason", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/job", { way: { kind: "report", reason: "a Job: its next run has it" } }));
  bench.set(outdated("east/shop/env", { restarts: false }));
  const { workload } = current("east/shop/out");
  bench.set({ kind: "excluded", workload, reason: "its annotation says so" });
  bench.set({ kind: "unknown", workload: current("east/shop/new").workload, reason: "no answer yet" });
  assert.deepEqual(bench.step(), []);
  assert.equal(bench.row("east/shop/job"), "reported: a Job: its next run has it");
  assert.equal(bench.row("east/shop/env"), "reported: the settings say to report these differences only");
  // Somebody said that nobody is to look at it.
  assert.equal(bench.row("east/shop/out"), "");
  assert.equal(bench.row("east/shop/new"), "unknown: no answer yet");
  assert.equal(bench.state.progress.reported, 3);
});

test("a dry run tells of each once, and journals none of it", () => {
  const bench = benchOf({ restart: { dryRun: true } });
  bench.set(outdated("east/shop/web"), outdated("east/shop/api", { way: { kind: "evict" } }));
  assert.deepEqual(bench.started(), ["east/shop/api/api-0-0", "east/shop/api/api-0-1", "east/shop/web"]);
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.row("east/shop/web"), "reported: dry run: it would be restarted");
  assert.deepEqual([bench.state.journal.workloads, bench.state.journal.revision], [{}, 0]);
  bench.set(outdated("east/shop/web", { target: "bbbbbbbbbbbb" }));
  assert.deepEqual(bench.started(), ["east/shop/web"]);
});

test("tells the pace", () => {
  const bench = benchOf({ budget: { fleet: 1 } });
  bench.set(outdated("east/a/web"), outdated("east/b/web"), outdated("east/c/web"));
  bench.step();
  bench.set(rolling("east/a/web"));
  bench.step(...bench.written("east/a/web"));
  bench.pass(minute);
  bench.set(current("east/a/web"));
  bench.step();
  const { total, done, underWay, waiting, eta, startedAt } = bench.state.progress;
  assert.deepEqual([total, done, underWay, waiting, startedAt], [3, 1, 1, 1, noon]);
  assert.equal(eta, noon + 3 * minute);
});

test("the restart of a Rollout is asked for the second after now and after whatever has to go", () => {
  const at = (after: number): string | undefined => {
    const bench = benchOf();
    bench.now = noon + 400;
    bench.set(outdated("east/shop/web", { way: { kind: "restart-at", after } }));
    return bench.step().find((action) => action.kind === "restart")?.at;
  };
  assert.equal(at(noon - 60_000), "2026-11-21T12:00:01Z");
  assert.equal(at(noon), "2026-11-21T12:00:01Z");
  // The clock of who made the pods is ahead of ours.
  assert.equal(at(noon + 30_000), "2026-11-21T12:00:31Z");
});
