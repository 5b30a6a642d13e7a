import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { createLeaderElection, KubeError, type Leadership } from "@fairlead/kube";
import { create, fakeCluster, memoryLog, pass, turn, until, virtualClock } from "../../test/run/fake-cluster.ts";
import { fakeClient } from "../../../kube/test/fake-client.ts";
import { builtinResources } from "../../../kube/test/apply-fixtures.ts";
import { defineController, type Controller, type ReconcileContext } from "./controller.ts";
import { startManager, type ManagerOptions } from "./manager.ts";
import { after, done, TerminalError, type Outcome } from "./outcome.ts";

function configMap(name: string, data: { [key: string]: string } = {}): KrmObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop" }, data };
}

const keys = ({ metadata }: KrmObject) => [`${metadata.namespace}/${metadata.name}`];
const kind = { apiVersion: "v1", kind: "ConfigMap" };

/** A controller that notes what it is asked to do, and does what it is told. */
function noting(reconcile: (key: string, context: ReconcileContext) => Promise<Outcome> = async () => done) {
  const seen: string[] = [];
  const controller = defineController({
    name: "noting",
    watches: [{ kind, keys }],
    concurrency: 2,
    async reconcile(key, context) {
      seen.push(`${context.cluster.name} ${key}`);
      return reconcile(key, context);
    },
  });
  return { controller, seen };
}

async function world(controller: Controller, options: Partial<ManagerOptions> & { objects?: KrmObject[] } = {}) {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const { log, lines } = memoryLog();
  const { objects = [], ...rest } = options;
  const one = fakeCluster("one", clock, { objects });
  const manager = await startManager({
    clusters: [one.connection],
    controllers: [controller],
    clock,
    random: () => 0,
    log,
    instance: "pod",
    ...rest,
  });
  const ready = () => until(clock, () => manager.synced("one"), "sync");
  return { clock, lines, one, manager, ready };
}

describe("a manager", () => {
  test("has every object looked at once, and again when it changes or goes", async () => {
    const { controller, seen } = noting();
    const { clock, one, manager } = await world(controller, { objects: [configMap("a"), configMap("b")] });
    await until(clock, () => seen.length === 2);
    assert.deepEqual(seen.toSorted(), ["one shop/a", "one shop/b"]);
    await create(one.client, configMap("c"));
    await until(clock, () => seen.length === 3);
    await one.client.delete(one.client.resource("ConfigMap"), { namespace: "shop", name: "c" });
    await until(clock, () => seen.length === 4);
    assert.deepEqual(seen.slice(2), ["one shop/c", "one shop/c"]);
    await manager.stop();
  });

  test("gives each line of a reconcile its id, cluster, controller and key", async () => {
    const { controller } = noting(async (_, { log }) => {
      log.info("one");
      log.info("two");
      return done;
    });
    const { clock, lines, manager } = await world(controller, { objects: [configMap("a")] });
    await until(clock, () => lines.some(({ message }) => message === "two"));
    const own = lines.filter(({ message }) => ["one", "two"].includes(message));
    assert.equal(new Set(own.map(({ reconcileId }) => reconcileId)).size, 1);
    for (const line of own)
      assert.deepEqual([line["controller"], line["cluster"], line["key"]], ["noting", "one", "shop/a"]);
    await manager.stop();
  });

  test("tries again with growing pauses what failed, whatever was thrown, and forgets the pauses after a success", async () => {
    const at: number[] = [];
    let failures = 6;
    const { controller } = noting(async () => {
      at.push(clock.monotonic());
      if (failures-- > 0) throw failures % 2 === 0 ? new Error("oh") : (undefined as unknown as Error);
      return done;
    });
    const { clock, manager } = await world(controller, { objects: [configMap("a")] });
    await until(clock, () => at.length === 7);
    const pauses = at.slice(1).map((time, index) => time - at[index]!);
    assert.deepEqual(
      pauses,
      pauses.toSorted((a, b) => a - b),
    );
    assert.ok(pauses.at(-1)! > pauses[0]!);
    const text = await manager.registry.metrics();
    assert.match(text, /fairlead_reconcile_total\{controller="noting",result="error"\} 6/);
    assert.match(text, /fairlead_reconcile_errors_total\{controller="noting"\} 6/);
    await manager.stop();
  });

  test("does not try again what is terminal, and looks again after the time that was asked for", async () => {
    const { controller, seen } = noting(async (key) => {
      if (key === "shop/a") throw new TerminalError("no such thing");
      return after(60_000);
    });
    const { clock, manager, lines } = await world(controller, { objects: [configMap("a"), configMap("b")] });
    await until(clock, () => seen.length === 2);
    await pass(clock, 59_000);
    assert.equal(seen.length, 2);
    await pass(clock, 2_000);
    assert.deepEqual(seen.slice(2), ["one shop/b"]);
    assert.ok(lines.some(({ level, message }) => level === "error" && /not tried again/.test(message)));
    await manager.stop();
  });

  test("never works on a key twice at a time", async () => {
    let most = 0;
    let now = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const { controller, seen } = noting(async () => {
      most = Math.max(most, ++now);
      await promise;
      now--;
      return done;
    });
    const { clock, one, manager } = await world(controller, { objects: [configMap("a")] });
    await until(clock, () => seen.length === 1);
    for (const value of ["1", "2"]) {
      await one.client.apply(one.client.resource("ConfigMap"), configMap("a", { value }), {
        fieldManager: "t",
        force: true,
      });
      await pass(clock, 500);
    }
    assert.equal(seen.length, 1);
    resolve();
    await until(clock, () => seen.length === 2);
    assert.equal(most, 1);
    await manager.stop();
  });

  test("adds and removes clusters while it runs, and ends what runs there", async () => {
    const ended: string[] = [];
    const { controller, seen } = noting(async (key, { cluster, signal }) => {
      if (cluster.name !== "two") return done;
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
      });
      ended.push(key);
      throw new Error("ended");
    });
    const { clock, manager, ready } = await world(controller);
    await ready();
    const two = fakeCluster("two", clock, { objects: [configMap("x")] });
    manager.addCluster(two.connection);
    assert.throws(() => manager.addCluster(two.connection), RangeError);
    await until(clock, () => seen.includes("two shop/x"));
    await manager.removeCluster("two");
    assert.deepEqual([ended, manager.clusters()], [["shop/x"], ["one"]]);
    assert.deepEqual(two.connection.informers.all(), []);
    await pass(clock, 5_000);
    assert.equal(seen.filter((one) => one.startsWith("two")).length, 1, "not tried again");
    await manager.stop();
  });

  test("a cluster whose view is behind is incomplete, and only that one", async () => {
    const contexts = new Map<string, ReconcileContext>();
    const { controller } = noting(async (_, context) => {
      contexts.set(context.cluster.name, context);
      return done;
    });
    const { clock, manager, ready } = await world(controller, { objects: [configMap("a")] });
    await ready();
    const two = fakeCluster("two", clock, { objects: [configMap("x")] });
    const { watch, list } = two.client;
    const fail = () => {
      throw new KubeError("connection", "no route to two");
    };
    Object.assign(two.client, { watch: fail, list: async () => fail() });
    manager.addCluster(two.connection);
    await pass(clock, 2_000);
    assert.equal(manager.synced("two"), false);
    assert.deepEqual(manager.notReady(), [], "the other cluster is served");
    assert.match(await manager.registry.metrics(), /fairlead_clusters_connected 1/);
    Object.assign(two.client, { watch, list });
    await until(clock, () => contexts.size === 2);
    assert.deepEqual(
      [...contexts.values()].map(({ cluster }) => cluster.complete()),
      [true, true],
    );
    await manager.stop();
  });

  test("waits for a kind that is not served yet, and says so once", async () => {
    const { controller, seen } = noting();
    const clock = virtualClock();
    const { log, lines } = memoryLog();
    const later = fakeCluster("one", clock, { resources: builtinResources.filter((one) => one.kind !== "ConfigMap") });
    const manager = await startManager({
      clusters: [later.connection],
      controllers: [controller],
      clock,
      random: () => 0,
      log,
      instance: "pod",
    });
    await pass(clock, 20_000);
    assert.equal(manager.synced("one"), false);
    assert.equal(lines.filter(({ message }) => message === "a kind is not served").length, 1);
    assert.match(manager.notReady().join(), /does not serve ConfigMap/);
    assert.deepEqual(seen, []);
    await manager.stop();
  });

  test("stops: nothing new is begun, what runs may end, what does not end is aborted", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let finished = false;
    let abortedAt: number | undefined;
    const { controller, seen } = noting(async (key, { signal }) => {
      if (key === "shop/a") {
        await promise;
        finished = !signal.aborted;
        return done;
      }
      await new Promise<void>((end) => {
        signal.addEventListener("abort", () => end());
      });
      abortedAt = clock.monotonic();
      throw new Error("aborted");
    });
    const { clock, manager } = await world(controller, {
      objects: [configMap("a"), configMap("b"), configMap("c")],
      stopMs: 10_000,
    });
    await until(clock, () => seen.length === 2);
    const start = clock.monotonic();
    const stopped = manager.stop();
    assert.equal(manager.stop(), stopped);
    resolve();
    await pass(clock, 12_000);
    await stopped;
    await manager.ended;
    assert.deepEqual([finished, seen.length], [true, 2]);
    assert.ok(abortedAt! - start >= 10_000);
  });
});

describe("with leader election", () => {
  const election = (client: ReturnType<typeof fakeClient>, identity: string, clock: ReturnType<typeof virtualClock>) =>
    createLeaderElection(client, { name: "l", namespace: "system", identity, clock, random: () => 0 });
  const lease = { group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", namespaced: true };
  const resources = [...builtinResources, lease];

  test("only the leader works; another goes on where it stops, in a later term", async () => {
    const clock = virtualClock(Date.UTC(2026, 0, 1));
    const home = fakeClient({ anyNamespace: true, resources, objects: [configMap("a")] });
    const terms: string[] = [];
    const start = async (name: string) => {
      const { controller } = noting(async (_, { term, mayWrite }) => {
        terms.push(`${name} ${term} ${mayWrite()}`);
        return done;
      });
      const { connection } = fakeCluster("one", clock, { store: home.store });
      const { log } = memoryLog();
      return startManager({
        clusters: [connection],
        controllers: [controller],
        clock,
        random: () => 0,
        log,
        instance: name,
        election: election(home, name, clock),
      });
    };
    const first = await start("first");
    await until(clock, () => terms.length === 1);
    const second = await start("second");
    await pass(clock, 30_000);
    assert.deepEqual(terms, ["first 0 true"]);
    assert.match(await second.registry.metrics(), /fairlead_leader 0/);
    const stopped = first.stop();
    await until(clock, () => terms.length === 2);
    await stopped;
    assert.deepEqual(terms[1], "second 1 true");
    await second.stop();
  });

  test("what runs is aborted when leadership is lost, and looked at again when it is back", async () => {
    const clock = virtualClock(Date.UTC(2026, 0, 1));
    let lead: ((leadership: Leadership) => Promise<void>) | undefined;
    const scripted = {
      holder: () => undefined,
      async run(given: (leadership: Leadership) => Promise<void>, signal: AbortSignal) {
        lead = given;
        await new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => resolve());
        });
      },
    };
    let runs = 0;
    const { controller } = noting(async (_, { signal, mayWrite }) => {
      if (++runs > 1) return done;
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
      });
      assert.equal(mayWrite(), false);
      throw new Error("aborted");
    });
    const { manager, one } = await world(controller, { objects: [configMap("a")], election: scripted });
    await turn();
    const first = new AbortController();
    const ended = lead!({ signal: first.signal, term: 1, held: () => !first.signal.aborted });
    void one;
    while (runs === 0) await turn();
    first.abort();
    await ended;
    assert.equal(runs, 1);
    const second = new AbortController();
    const again = lead!({ signal: second.signal, term: 2, held: () => !second.signal.aborted });
    while (runs === 1) await turn();
    second.abort();
    await again;
    const text = await manager.registry.metrics();
    assert.match(text, /result="aborted"\} 1/);
    await manager.stop();
    void clock;
  });
});

test("keys of others are left alone, looked at when they become ours, and given up when their work has ended", async () => {
  let mine = new Set<string>(["one/shop/a"]);
  const listeners: (() => void)[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { controller, seen } = noting(async (key, { mayWrite }) => {
    if (key === "shop/a") await promise;
    assert.equal(mayWrite(), true);
    return done;
  });
  const partition = {
    owns: (key: string) => mine.has(key),
    mayGoOn: () => true,
    onChange(listener: () => void) {
      listeners.push(listener);
      return () => void listeners.splice(0);
    },
  };
  const { clock, manager } = await world(controller, { objects: [configMap("a"), configMap("b")], partition });
  await until(clock, () => seen.length === 1);
  mine = new Set(["one/shop/b"]);
  for (const listener of listeners) listener();
  await until(clock, () => seen.length === 2);
  let drained = false;
  const draining = manager.drained().then(() => (drained = true));
  await pass(clock, 1_000);
  assert.deepEqual([seen, drained], [["one shop/a", "one shop/b"], false]);
  resolve();
  await draining;
  await manager.stop();
  assert.deepEqual(listeners, []);
});
