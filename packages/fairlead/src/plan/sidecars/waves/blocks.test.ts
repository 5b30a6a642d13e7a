import assert from "node:assert/strict";
import { test } from "node:test";
import {
  benchOf,
  current,
  outdated,
  podsOf,
  rolling,
  type SettingsChange,
} from "../../../../test/sidecars/waves/samples.ts";
import type { Outdated } from "../model/decision.ts";

const minute = 60_000;

function startedWith(change: SettingsChange, ...decisions: Parameters<ReturnType<typeof benchOf>["set"]>): string[] {
  const bench = benchOf(change);
  bench.set(...decisions);
  return bench.started();
}

function many(count: number, place: (at: number) => string, more: Partial<Outdated> = {}): Outdated[] {
  return Array.from({ length: count }, (_, at) => outdated(place(at), more));
}

test("never more are under way than a budget says", () => {
  const namespaces = many(20, (at) => `${at % 2 === 0 ? "east" : "west"}/ns-${at}/web`);
  assert.equal(startedWith({}, ...namespaces).length, 10);
  assert.equal(startedWith({ budget: { cluster: 3 } }, ...namespaces).length, 6);
  assert.equal(startedWith({ budget: { fleet: undefined, cluster: undefined } }, ...namespaces).length, 20);
  const one = many(9, (at) => `east/shop/w-${at}`);
  assert.deepEqual(startedWith({}, ...one), ["east/shop/w-0", "east/shop/w-1"]);
});

test("nodes, zones and pods have budgets, too", () => {
  const all = many(4, (at) => `east/ns-${at}/web`);
  assert.equal(startedWith({ budget: { node: 1 } }, ...all).length, 1);
  assert.equal(startedWith({ budget: { zone: 2 } }, ...all).length, 2);
  assert.equal(startedWith({ budget: { pods: 5 } }, ...all).length, 2);
  const elsewhere = outdated("east/shop/web", {
    outdated: podsOf("east/shop/web", 1).map((pod) => ({ ...pod, node: "n" })),
  });
  assert.deepEqual(startedWith({ budget: { node: 1 } }, all[0]!, elsewhere), ["east/ns-0/web", "east/shop/web"]);
});

test("what others roll out takes room on nodes, in zones and among pods, and no slot", () => {
  const others = rolling("east/other/web", { nodes: ["node-0"], zones: [], restartedFor: "" });
  assert.deepEqual(startedWith({ budget: { fleet: 1 } }, others, outdated("east/shop/web")), ["east/shop/web"]);
  assert.deepEqual(startedWith({ budget: { node: 1 } }, others, outdated("east/shop/web")), []);
  assert.deepEqual(startedWith({ budget: { pods: 3 } }, others, outdated("east/shop/web")), []);
  // Nobody knows where its pods are: they may be anywhere.
  const { nodes: _nodes, zones: _zones, ...lost } = others;
  assert.deepEqual(startedWith({ budget: { zone: 1 } }, lost, outdated("east/shop/web")), []);
});

test("a rollout of somebody else that is stuck takes no room for ever", () => {
  const bench = benchOf({ budget: { pods: 3 } });
  bench.set(rolling("east/other/web"), outdated("east/shop/web"));
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.last.again, bench.now + 15 * minute);
  bench.pass(15 * minute);
  assert.deepEqual(bench.started(), ["east/shop/web"]);
});

test("what is larger than its budget says so", () => {
  const bench = benchOf({ budget: { pods: 1 } });
  bench.set(outdated("east/shop/web"), outdated("east/shop/api", { way: { kind: "evict" } }));
  assert.deepEqual(bench.started(), ["east/shop/api/api-0-0"]);
  assert.match(bench.row("east/shop/web"), /^blocked: its 2 pods never fit/);
});

test("one identity is never under way in two clusters", () => {
  const bench = benchOf();
  const identity = "web.shop";
  bench.set(outdated("east/shop/web", { identity }), outdated("west/shop/web", { identity }));
  bench.set(outdated("east/shop/other", { identity }));
  assert.deepEqual(bench.started(), ["east/shop/other", "east/shop/web"]);
  assert.equal(bench.row("west/shop/web"), "waiting: web.shop is under way in cluster east");
  for (const place of ["east/shop/web", "east/shop/other"]) bench.set(rolling(place));
  bench.step(...bench.written("east/shop/web", "east/shop/other"));
  bench.set(current("east/shop/web"));
  assert.deepEqual(bench.started(), []);
  bench.set(current("east/shop/other"));
  assert.deepEqual(bench.started(), ["west/shop/web"]);
  assert.deepEqual(
    startedWith({}, rolling("west/shop/web", { identity }), outdated("east/shop/web", { identity })),
    [],
  );
});

test("workloads without identity are the same in all clusters by namespace and name", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web"), outdated("west/shop/web"), outdated("west/pay/web"));
  assert.deepEqual(bench.started(), ["east/shop/web", "west/pay/web"]);
  assert.equal(bench.row("west/shop/web"), "waiting: shop/web is under way in cluster east");
});

test("a rollout of somebody else that is stuck holds up another cluster by identity, not by name", () => {
  const start = (identity: string): readonly string[] => {
    const bench = benchOf();
    bench.set(rolling("east/shop/web", { identity }), outdated("west/shop/web", { identity }));
    assert.deepEqual(bench.started(), []);
    bench.pass(16 * minute);
    return bench.started();
  };
  assert.deepEqual([start(""), start("web.shop")], [["west/shop/web"], []]);
});

test("namespaces take turns, and an order that annotations name orders what is theirs", () => {
  const greedy = many(30, (at) => `east/greedy/w-${at}`, { order: -999_999 });
  const modest = [outdated("east/modest/b", { order: 7 }), outdated("east/modest/a", { order: 8 })];
  const bench = benchOf({ budget: { fleet: 4, namespace: undefined } });
  bench.set(...greedy, ...modest);
  assert.deepEqual(bench.started(), ["east/greedy/w-0", "east/modest/b", "east/greedy/w-1", "east/modest/a"]);
  assert.deepEqual(
    startedWith(
      { budget: { fleet: 2 }, restart: { trustOrder: true } },
      ...modest,
      outdated("east/a/web", { order: 7 }),
    ),
    ["east/a/web", "east/modest/b"],
  );
});

test("blocked workloads hold no slot", () => {
  const blocked = many(50, (at) => `east/a/w-${at}`, { heldBy: ["pdb"] });
  const never = many(50, (at) => `east/b/w-${at}`, { windows: ["Sun 00:00-00:01"] });
  assert.deepEqual(startedWith({ budget: { fleet: 1 } }, ...blocked, ...never, outdated("east/z/web")), ["east/z/web"]);
});

test("PodDisruptionBudgets hold ahead where the settings say so, and always before evictions", () => {
  const held = outdated("east/shop/web", { heldBy: ["pdb"] });
  assert.deepEqual(startedWith({}, held), []);
  assert.deepEqual(startedWith({ budget: { disruptionBudgets: false } }, held), ["east/shop/web"]);
  assert.deepEqual(startedWith({ budget: { disruptionBudgets: false } }, { ...held, way: { kind: "evict" } }), []);
});

test("windows of fleet, cluster, namespace and workload must all be open", () => {
  const open = ["Sat 00:00-24:00"];
  const closed = ["Sun 00:00-24:00"];
  const web = outdated("east/shop/web", { windows: open });
  const all = { all: open, clusters: { east: open }, namespaces: { shop: open } };
  assert.deepEqual(startedWith({ rest: { windows: all } }, web), ["east/shop/web"]);
  for (const one of [{ all: closed }, { clusters: { east: closed } }, { namespaces: { shop: closed } }]) {
    assert.deepEqual(startedWith({ rest: { windows: { ...all, ...one } } }, web), []);
  }
  assert.deepEqual(startedWith({ rest: { windows: all } }, { ...web, windows: closed }), []);
});

test("starts when a window opens, and not after it closed", () => {
  const bench = benchOf({ budget: { fleet: 1 } });
  const windows = ["Sat 13:00-14:00"];
  bench.set(outdated("east/a/web", { windows }), outdated("east/b/web", { windows }));
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.last.again, Date.parse("2026-11-21T13:00:00Z"));
  assert.equal(bench.row("east/a/web"), "blocked: the window of its annotation opens at 2026-11-21T13:00:00Z");
  bench.pass(60 * minute);
  assert.deepEqual(bench.started(), ["east/a/web"]);
  bench.set(rolling("east/a/web"));
  bench.step(...bench.written("east/a/web"));
  bench.pass(60 * minute);
  bench.set(current("east/a/web"));
  assert.deepEqual(bench.started(), []);
  assert.match(bench.row("east/b/web"), /opens at 2026-11-28T13:00:00Z/);
});

test("a window that cannot be read holds its workload", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web", { windows: ["whenever"] }));
  assert.deepEqual(bench.started(), []);
  assert.match(bench.row("east/shop/web"), /^blocked: the window of its annotation cannot be read: "whenever"/);
});

test("nothing starts in a cluster that is not seen, and what is under way there stays counted", () => {
  const bench = benchOf({ budget: { fleet: 1 } });
  bench.set(outdated("east/shop/web"), outdated("west/shop/web"));
  assert.deepEqual(bench.started(), ["east/shop/web"]);
  bench.step(...bench.written("east/shop/web"));
  bench.clusters = bench.clusters.map((one) => ({ ...one, current: one.name === "west" }));
  bench.pass(60 * minute);
  bench.remove("east/shop/web");
  assert.deepEqual(bench.started(), []);
  assert.deepEqual([bench.state.progress.underWay, bench.state.progress.failed], [1, 0]);
  bench.clusters = bench.clusters.map((one) => ({ ...one, current: true }));
  bench.set(current("east/shop/web"));
  assert.deepEqual(bench.started(), ["west/shop/web"]);
  assert.deepEqual(
    startedWith({}, { ...outdated("south/shop/web"), workload: outdated("south/shop/web").workload }),
    [],
  );
});

test("pauses hold all, a cluster or a namespace, until they are lifted", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web"), outdated("east/pay/web"), outdated("west/mail/web"));
  const namespace = { kind: "namespace" as const, cluster: "east", namespace: "shop" };
  const cluster = { kind: "cluster" as const, cluster: "west" };
  const pause = { kind: "pause" as const, by: "ann", reason: "a look" };
  assert.deepEqual(bench.started({ ...pause, scope: namespace }, { ...pause, scope: cluster }), ["east/pay/web"]);
  assert.equal(bench.row("east/shop/web"), "blocked: namespace shop paused by ann: a look");
  bench.crash();
  assert.deepEqual(bench.started(), []);
  assert.deepEqual(bench.started({ kind: "resume", by: "ben", scope: cluster }), ["west/mail/web"]);
  const all = { kind: "all" as const };
  bench.step({ ...pause, scope: all });
  assert.equal(bench.state.progress.paused, "paused by ann: a look");
  assert.deepEqual(bench.started({ kind: "resume", by: "ben", scope: namespace }), []);
  assert.deepEqual(bench.started({ kind: "resume", by: "ben", scope: all }), ["east/shop/web"]);
});

test("restarts keep their distance where the settings say so", () => {
  const bench = benchOf({ restart: { delayMs: 10_000 } });
  bench.set(outdated("east/a/web"), outdated("east/b/web"));
  assert.deepEqual(bench.started(), ["east/a/web"]);
  assert.equal(bench.last.again, bench.now + 10_000);
  bench.pass(10_000);
  assert.deepEqual(bench.started(), ["east/b/web"]);
});

test("the cooldown counts from the end of a rollout, whoever began it", () => {
  const bench = benchOf();
  bench.set(rolling("east/shop/web"));
  bench.step();
  bench.pass(10 * minute);
  bench.set(outdated("east/shop/web"));
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.last.again, bench.now + 5 * minute);
  bench.pass(5 * minute);
  assert.deepEqual(bench.started(), ["east/shop/web"]);
});
