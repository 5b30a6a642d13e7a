/** Another process takes over: only the journal is left, and what is observed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { benchOf, current, outdated, podsOf, rolling, target } from "../../../../test/sidecars/waves/samples.ts";

const minute = 60_000;
const place = "east/shop/web";
const restartedFor = { restartedFor: target };

test("what was written before the end of a process is not restarted again", () => {
  const bench = benchOf();
  bench.set(outdated(place));
  bench.step();
  bench.crash();
  bench.set(rolling(place));
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.state.progress.underWay, 1);
  bench.set(current(place));
  bench.step();
  assert.equal(bench.row(place), "done: ");
});

test("what was not written is restarted after its view had time to show it", () => {
  const bench = benchOf();
  bench.set(outdated(place));
  bench.step();
  bench.crash();
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.row(place), "restarting: it is not known whether it was restarted; what is observed tells");
  bench.pass(minute);
  assert.deepEqual(bench.started(), [place]);
});

test("what is under way takes its slot in another process, too", () => {
  const bench = benchOf({ budget: { fleet: 1 } });
  bench.set(outdated(place));
  bench.step();
  bench.crash();
  bench.set(rolling(place), outdated("east/pay/web"));
  assert.deepEqual(bench.started(), []);
  bench.set(current(place));
  assert.deepEqual(bench.started(), ["east/pay/web"]);
});

test("cooldowns go on from their ends", () => {
  const bench = benchOf();
  bench.set(outdated(place));
  bench.step();
  bench.set(rolling(place));
  bench.step(...bench.written(place));
  bench.set(current(place));
  bench.step();
  bench.pass(2 * minute);
  bench.crash();
  bench.set(outdated(place, { target: "bbbbbbbbbbbb", ...restartedFor }));
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.last.again, bench.now + 3 * minute);
});

test("a clock that jumps changes no duration of a process, and no restart twice", () => {
  for (const jump of [-100 * minute, 100 * minute]) {
    const bench = benchOf();
    bench.set(outdated(place));
    bench.step();
    bench.set(rolling(place));
    bench.step(...bench.written(place));
    bench.now += jump;
    bench.pass(14 * minute);
    bench.step();
    assert.match(bench.row(place), /^restarting/);
    bench.set(outdated(place, { target: "bbbbbbbbbbbb", ...restartedFor }));
    assert.deepEqual(bench.started(), []);
    bench.now -= jump;
    bench.pass(5 * minute - 1);
    assert.deepEqual(bench.started(), []);
    bench.pass(1);
    assert.deepEqual(bench.started(), [place]);
  }
});

test("after a jump of the clock another process looks at what is under way before it calls it late", () => {
  for (const jump of [-100 * minute, 100 * minute]) {
    const bench = benchOf();
    bench.set(outdated(place));
    bench.step();
    bench.crash();
    bench.now += jump;
    bench.set(rolling(place));
    bench.step();
    assert.match(bench.row(place), /^restarting/);
    bench.pass(30_000);
    bench.set(current(place));
    bench.step();
    assert.equal(bench.row(place), "done: ");
  }
});

test("a wave goes on where it was, and the next one waits for it", () => {
  const canary = { name: "canary", namespaces: ["canary"], namespaceSelector: "", selector: "", clusters: [] };
  const bench = benchOf({ budget: { namespace: 1 }, rest: { waves: [{ ...canary, percent: 100, soakMs: 0 }] } });
  bench.set(outdated("east/canary/a"), outdated("east/canary/b"), outdated("east/shop/web"));
  assert.deepEqual(bench.started(), ["east/canary/a"]);
  bench.step(...bench.written("east/canary/a"));
  bench.pass(14 * minute);
  bench.crash();
  bench.pass(10 * minute);
  bench.set(current("east/canary/a"));
  bench.step();
  bench.pass(5_000);
  assert.deepEqual(bench.started(), ["east/canary/b"]);
  assert.equal(bench.state.journal.run?.wave, "canary");
});

test("a second restart for the same target is not taken for its first by the mark that is there already", () => {
  const bench = benchOf({ budget: { namespace: 1 } });
  const made = podsOf(place, 1, 1);
  const again = outdated(place, { ...restartedFor, stillDiffers: true, outdated: made });
  bench.set(outdated(place));
  bench.step();
  bench.set(rolling(place));
  bench.step(...bench.written(place));
  // What is wanted goes to and fro while it rolls out: one of its pods has what was wanted meanwhile.
  bench.set(outdated(place, { ...restartedFor, target: "bbbbbbbbbbbb", outdated: made }));
  bench.step();
  bench.set(again);
  bench.step();
  bench.pass(6 * minute);
  assert.deepEqual(bench.started(), [place]);
  bench.set(outdated("east/shop/next"));
  const isHeld = (): void => {
    assert.deepEqual(bench.started(), []);
    assert.match(bench.row(place), /^restarting/);
  };
  bench.step(...bench.written(place));
  isHeld();
  bench.crash();
  isHeld();
  bench.set(rolling(place));
  isHeld();
  bench.set(again);
  assert.deepEqual(bench.started(), ["east/shop/next"]);
  assert.match(bench.row(place), /^broken/);
});

test("pods that are outdated and others than before tell of a second restart for the same target", () => {
  const bench = benchOf();
  bench.set(outdated(place));
  bench.step();
  bench.set(rolling(place));
  bench.step(...bench.written(place));
  bench.set(outdated(place, { ...restartedFor, target: "bbbbbbbbbbbb", outdated: podsOf(place, 1, 1) }));
  bench.step();
  const again = { ...restartedFor, stillDiffers: true };
  bench.set(outdated(place, { ...again, outdated: podsOf(place, 1, 1) }));
  bench.step();
  bench.pass(6 * minute);
  bench.step();
  bench.step(...bench.written(place));
  assert.match(bench.row(place), /^restarting/);
  bench.set(outdated(place, { ...again, outdated: podsOf(place, 1, 2) }));
  bench.step();
  assert.match(bench.row(place), /^broken/);
});

test("what a run left half done that ended unseen begins another run", () => {
  const bench = benchOf();
  const pods = podsOf(place, 3);
  const left = (from: number) =>
    outdated(place, {
      way: { kind: "evict" },
      outdated: pods.slice(from),
      pods: { total: 3, ready: 3, outdated: 3 - from },
    });
  bench.set(left(0));
  bench.step();
  bench.step({ kind: "pause", scope: { kind: "all" }, by: "ann", reason: "a look" });
  bench.set(left(1));
  bench.step(...bench.written(place));
  const seen = bench.clusters;
  bench.clusters = seen.map((cluster) => ({ ...cluster, current: false }));
  bench.decisions.clear();
  for (let process = 0; process < 2; process++) {
    bench.crash();
    bench.step();
  }
  bench.clusters = seen;
  bench.set(left(1));
  assert.deepEqual(bench.started({ kind: "resume", by: "ann", scope: { kind: "all" } }), [`${place}/web-0-1`]);
});

test("an eviction that came to nothing is not counted by another process", () => {
  const bench = benchOf();
  const pods = podsOf(place, 3);
  const left = outdated(place, {
    way: { kind: "evict" },
    outdated: pods.slice(1),
    pods: { total: 3, ready: 3, outdated: 2 },
  });
  bench.set({ ...left, outdated: pods, pods: { total: 3, ready: 3, outdated: 3 } });
  assert.deepEqual(bench.started(), [`${place}/web-0-0`]);
  bench.set(left);
  assert.deepEqual(bench.started(...bench.written(place)), [`${place}/web-0-1`]);
  for (let process = 0; process < 5; process++) {
    bench.crash();
    assert.deepEqual(bench.started(), []);
    bench.pass(minute);
    assert.deepEqual(bench.started(), [`${place}/web-0-1`], "it is there: nobody has evicted it");
  }
  bench.crash();
  bench.step();
  bench.set({ ...left, outdated: pods.slice(2), pods: { total: 3, ready: 3, outdated: 1 } });
  bench.pass(minute);
  assert.deepEqual(bench.started(), [`${place}/web-0-2`]);
});
