/** Evictions: one pod after the other, each replaced before the next. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { benchOf, current, outdated, podsOf, rolling, type Bench } from "../../../../test/sidecars/waves/samples.ts";
import type { RunEvent } from "../model/run.ts";

const minute = 60_000;
const place = "east/shop/web";
const key = "east/shop/Deployment.apps/web";
const pods = podsOf(place, 3);

function evicting(left: number, ready = 3) {
  return outdated(place, {
    way: { kind: "evict" },
    outdated: pods.slice(3 - left),
    pods: { total: 3, ready, outdated: left },
  });
}

function held(bench: Bench): RunEvent {
  return { kind: "done", action: bench.action(place), result: { kind: "held", by: "web-pdb" } };
}

test("the next pod goes when another one is ready in the place of the last", () => {
  const bench = benchOf();
  bench.set(evicting(3));
  assert.deepEqual(bench.started(), ["east/shop/web/web-0-0"]);
  bench.set(evicting(2, 2));
  assert.deepEqual(bench.started(...bench.written(place)), []);
  assert.equal(bench.row(place), "restarting: pod web-0-0 is being replaced");
  bench.set(evicting(2));
  assert.deepEqual(bench.started(), ["east/shop/web/web-0-1"]);
  assert.deepEqual(bench.state.journal.workloads[key]?.evicted, { pods: 1, of: 3, pod: "east/shop/web/0/1" });
  bench.set(evicting(1));
  assert.deepEqual(bench.started(...bench.written(place)), ["east/shop/web/web-0-2"]);
  bench.set(rolling(place));
  bench.step(...bench.written(place));
  bench.set(current(place));
  bench.step();
  assert.equal(bench.row(place), "done: ");
});

test("a pod that is not ready goes first, and its place must be taken by one that is", () => {
  const bench = benchOf();
  const broken = pods.map((pod, at) => ({ ...pod, ready: at !== 2 }));
  bench.set({ ...evicting(3, 2), outdated: broken });
  assert.deepEqual(bench.started(), ["east/shop/web/web-0-2"]);
  bench.set({ ...evicting(2, 2), outdated: broken.slice(0, 2) });
  assert.deepEqual(bench.started(...bench.written(place)), []);
  bench.set({ ...evicting(2, 3), outdated: broken.slice(0, 2) });
  assert.deepEqual(bench.started(), ["east/shop/web/web-0-0"]);
});

test("where a budget refuses a pod others go meanwhile, and it is tried again later and later", () => {
  const bench = benchOf({ budget: { fleet: 1 } });
  bench.set(evicting(3), outdated("east/z/web"));
  assert.deepEqual(bench.started(), ["east/shop/web/web-0-0"]);
  const actions = bench.step(held(bench));
  assert.equal(actions.filter((one) => one.kind === "event" && one.type === "Warning").length, 1);
  assert.equal(bench.action(place), actions.find((one) => one.kind === "evict")?.id, "another pod is tried");
  bench.step(held(bench));
  assert.deepEqual(bench.started(held(bench)), ["east/z/web"]);
  assert.equal(bench.row(place), "blocked: held by PodDisruptionBudget web-pdb");
  const rest = [rolling("east/z/web"), current("east/z/web")];
  bench.set(rest[0]!);
  bench.step(...bench.written("east/z/web"));
  bench.set(rest[1]!);
  bench.pass(30_000);
  assert.deepEqual(bench.started(), ["east/shop/web/web-0-0"]);
  bench.step(held(bench));
  bench.pass(30_000);
  assert.deepEqual(bench.started(), []);
  bench.pass(30_000);
  assert.equal(bench.state.progress.underWay + bench.started().length, 1);
});

test("new pods that differ break it, also for another process that can only count", () => {
  for (const crash of [false, true]) {
    const bench = benchOf();
    bench.set(evicting(3));
    bench.step();
    bench.step(...bench.written(place));
    if (crash) bench.crash();
    const again = [...pods.slice(1), ...podsOf(place, 1, 7)];
    bench.set({ ...evicting(3), outdated: crash ? [...again, ...podsOf(place, 1, 8)] : again });
    bench.step();
    bench.pass(minute);
    assert.deepEqual(bench.started(), []);
    assert.match(bench.row(place), /^broken/, `crash: ${crash}`);
  }
});

test("no pod is ready in the place of the last: it has failed, and goes on when that is forgiven", () => {
  const bench = benchOf({ restart: { cooldownMs: 0 } });
  bench.set(evicting(3));
  bench.step();
  bench.set(evicting(2, 2));
  bench.step(...bench.written(place));
  bench.pass(15 * minute);
  bench.step();
  assert.equal(bench.row(place), "failed: pod web-0-0 was evicted and none is ready in its place after 15 min");
  bench.set(evicting(2));
  const resumed = bench.started({ kind: "resume", by: "ann", scope: { kind: "all" } });
  assert.deepEqual(resumed, ["east/shop/web/web-0-1"]);
});

test("no further pod goes while paused, and the slot is free", () => {
  const bench = benchOf();
  bench.set(evicting(3));
  bench.step();
  bench.set(evicting(2));
  bench.step({ kind: "pause", by: "ann", reason: "a look", scope: { kind: "all" } });
  assert.deepEqual(bench.started(...bench.written(place)), []);
  assert.equal(bench.state.journal.workloads[key]?.state, "held");
  assert.equal(bench.state.progress.underWay, 0);
});

test("another process goes on with the pods that are left, after all are ready", () => {
  const bench = benchOf();
  bench.set(evicting(3));
  bench.step();
  bench.step(...bench.written(place));
  bench.crash();
  bench.set(evicting(2));
  assert.deepEqual(bench.started(), []);
  bench.pass(minute);
  assert.deepEqual(bench.started(), ["east/shop/web/web-0-1"]);
});
