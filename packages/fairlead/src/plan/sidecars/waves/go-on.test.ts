import assert from "node:assert/strict";
import { test } from "node:test";
import { benchOf, current, outdated, rolling, type Bench } from "../../../../test/sidecars/waves/samples.ts";
import type { Wave } from "../model/settings.ts";

const minute = 60_000;

function wave(name: string, more: Partial<Wave>): Wave {
  return { name, namespaces: [], namespaceSelector: "", selector: "", clusters: [], percent: 100, soakMs: 0, ...more };
}

/** Brings what was asked for to its end. */
function finish(bench: Bench, ...places: string[]): void {
  for (const place of places) bench.set(rolling(place));
  bench.step(...bench.written(...places));
  for (const place of places) bench.set(current(place));
}

test("a wave begins when the one before is current and was watched for long enough", () => {
  const bench = benchOf({ rest: { waves: [wave("canary", { namespaces: ["canary"], soakMs: 10 * minute })] } });
  bench.set(outdated("east/canary/web"), outdated("east/shop/web"));
  assert.deepEqual(bench.started(), ["east/canary/web"]);
  assert.equal(bench.row("east/shop/web"), "waiting: wave canary, region eu goes first");
  finish(bench, "east/canary/web");
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.last.again, bench.now + 10 * minute);
  bench.pass(10 * minute);
  assert.deepEqual(bench.started(), ["east/shop/web"]);
  assert.equal(bench.state.progress.wave, "rest");
});

test("waves choose by labels of workloads and namespaces, by cluster, and a part of what they match", () => {
  const waves = [
    wave("labelled", { selector: "tier=web", namespaceSelector: "stage!=prod" }),
    wave("west", { clusters: ["west"] }),
    wave("some", { percent: 50 }),
  ];
  const bench = benchOf({ rest: { waves } });
  bench.set(
    outdated("east/a/web", { labels: { tier: "web" } }),
    outdated("east/b/web", { labels: { tier: "web" }, namespaceLabels: { stage: "prod" } }),
    outdated("west/c/web"),
    ...["d", "e", "f", "g"].map((namespace) => outdated(`east/${namespace}/web`)),
  );
  bench.step();
  const waveOf = (place: string) => bench.state.rows.find(({ workload }) => workload.key.startsWith(place))?.wave;
  assert.equal(waveOf("east/a"), "labelled");
  assert.equal(waveOf("west/c"), "west");
  const rest = ["east/b", "east/d", "east/e", "east/f", "east/g"].map(waveOf);
  assert.deepEqual(rest, ["some", "some", "some", "rest", "rest"]);
});

test("regions go one after the other, in the order of the settings", () => {
  const bench = benchOf({ rest: { regions: ["us"] } });
  bench.clusters = [
    { name: "east", region: "eu", current: true },
    { name: "west", region: "us", current: true },
  ];
  bench.set(outdated("east/shop/web"), outdated("west/shop/web"));
  assert.deepEqual(bench.started(), ["west/shop/web"]);
  finish(bench, "west/shop/web");
  assert.deepEqual(bench.started(), ["east/shop/web"]);
});

test("what is blocked for its own sake holds the next wave no longer than the deadline", () => {
  const bench = benchOf({ rest: { waves: [wave("canary", { namespaces: ["canary"] })] } });
  bench.set(outdated("east/canary/web", { heldBy: ["web-pdb"] }), outdated("east/shop/web"));
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.row("east/canary/web"), "blocked: held by PodDisruptionBudget web-pdb");
  assert.equal(bench.last.again, bench.now + 15 * minute);
  bench.pass(14 * minute);
  // Looking as if something changed starts no new time.
  bench.set(outdated("east/canary/web", { heldBy: ["web-pdb", "other"] }));
  assert.deepEqual(bench.started(), []);
  bench.pass(minute);
  assert.deepEqual(bench.started(), ["east/shop/web"]);
  bench.set(outdated("east/canary/web"));
  assert.deepEqual(bench.started(), ["east/canary/web"]);
});

test("windows of the operator hold the next wave for as long as they are closed", () => {
  const windows = { all: [], clusters: {}, namespaces: { canary: ["Sun 00:00-04:00"] } };
  const bench = benchOf({ rest: { waves: [wave("canary", { namespaces: ["canary"] })], windows } });
  bench.set(outdated("east/canary/web"), outdated("east/shop/web"));
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.last.again, Date.parse("2026-11-22T00:00:00Z"));
  bench.pass(11 * 60 * minute);
  assert.deepEqual(bench.started(), []);
  bench.pass(60 * minute);
  assert.deepEqual(bench.started(), ["east/canary/web"]);
});

test("what is not known yet holds the waves after it, too", () => {
  const bench = benchOf({ rest: { waves: [wave("canary", { namespaces: ["canary"] })] } });
  const { workload } = current("east/canary/web");
  bench.set({ kind: "unknown", workload, reason: "no answer yet" }, outdated("east/shop/web"));
  assert.deepEqual(bench.started(), []);
  bench.set(outdated("east/canary/web"));
  assert.deepEqual(bench.started(), ["east/canary/web"]);
});

test("who brings up more and more in a wave does not hold the next one", () => {
  const bench = benchOf({
    budget: { namespace: 1 },
    rest: { waves: [wave("canary", { namespaces: ["canary"] })] },
  });
  bench.set(outdated("east/canary/a"), outdated("east/shop/web"));
  bench.step();
  bench.pass(14 * minute);
  bench.set(outdated("east/canary/b"));
  finish(bench, "east/canary/a");
  assert.deepEqual(bench.started(), ["east/canary/b"]);
  bench.pass(2 * minute);
  bench.set(outdated("east/canary/c"), outdated("east/canary/d"));
  finish(bench, "east/canary/b");
  assert.deepEqual(bench.started(), ["east/canary/c", "east/shop/web"]);
});

/** The first of two waves has ended, and one of two workloads of the second is under way. */
function afterTheFirstWave(): Bench {
  const bench = benchOf({
    restart: { cooldownMs: 0 },
    budget: { fleet: 1 },
    rest: { waves: [wave("canary", { namespaces: ["canary"] })] },
  });
  bench.set(outdated("east/canary/web"), outdated("east/shop/a"), outdated("east/shop/b"));
  bench.step();
  finish(bench, "east/canary/web");
  assert.deepEqual(bench.started(), ["east/shop/a"]);
  return bench;
}

test("another configuration before the last is everywhere: waves begin anew", () => {
  const bench = afterTheFirstWave();
  const again = { target: "bbbbbbbbbbbb" };
  bench.set(outdated("east/canary/web", { ...again, restartedFor: "aaaaaaaaaaaa" }), outdated("east/shop/b", again));
  bench.step();
  finish(bench, "east/shop/a");
  assert.deepEqual(bench.started(), ["east/canary/web"]);
});

test("one namespace that changes what it wants holds nobody but itself", () => {
  const bench = afterTheFirstWave();
  bench.set(outdated("east/canary/web", { target: "bbbbbbbbbbbb", restartedFor: "aaaaaaaaaaaa" }));
  bench.step();
  assert.equal(bench.state.progress.wave, "rest");
});

test("other settings put everything in its place anew, and leave what is under way", () => {
  const bench = benchOf({ budget: { fleet: 1 } });
  bench.set(outdated("east/a/web"), outdated("east/b/web"));
  assert.deepEqual(bench.started(), ["east/a/web"]);
  bench.settings = {
    ...bench.settings,
    waves: [wave("b", { namespaces: ["b"] })],
    budget: { ...bench.settings.budget, fleet: 2 },
  };
  assert.deepEqual(bench.started(), ["east/b/web"]);
  assert.equal(bench.state.progress.underWay, 2);
  assert.equal(bench.state.progress.total, 2);
});
