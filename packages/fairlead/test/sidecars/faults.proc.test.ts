import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { ApiError, type InjectorFault } from "@fairlead/sim";
import type { Journal } from "../../src/plan/sidecars/model/run.ts";
import { journalKey } from "../../src/plan/sidecars/waves/encode-journal.ts";
import { configMaps } from "../../src/run/sidecars/journal/place.ts";
import { at, place, quick, sidecarWorld, type World } from "./live-world.ts";
import { live } from "./live.ts";

let world: World;
const time = live();
const names = ["cart", "search", "web"];

before(async () => {
  world = await sidecarWorld({ clock: time.clock });
  for (const name of names) await world.east.deploy("shop", name);
  await world.east.cluster.settled();
});
after(() => world.stop());

beforeEach(() => {
  world.east.restarts.clear();
  world.sent.length = 0;
});
const ends: (() => void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  world.east.fault = () => undefined;
  await time.stopped(...world.running.splice(0));
});

async function current(image: string): Promise<void> {
  const images = (): string => [...new Set(names.flatMap((one) => world.east.proxies("shop", one)))].join();
  await time.until(`the new proxies, ${image}`, () => images() === image);
}

/** Each of them once, and nobody else. */
function restartedOnce(): void {
  assert.deepEqual(
    [...world.east.restarts].sort(),
    names.map((name) => [`shop/${name}`, 1]),
  );
}

describe("an injector that does this for a while, and then answers, has nobody restarted meanwhile, and everybody once", () => {
  const faults: readonly (readonly [string, InjectorFault])[] = [
    ["answers 503", { kind: "status", status: 503 }],
    ["hangs", { kind: "hang" }],
    ["cuts the connection", { kind: "reset" }],
    ["answers with 10 MiB", { kind: "large" }],
    ["answers with text", { kind: "text" }],
    ["answers with a patch that is none", { kind: "undecodable patch" }],
    ["answers with a patch that does not apply", { kind: "inapplicable patch" }],
    ["changes whose pod it is", { kind: "foreign patch" }],
    ["answers another question", { kind: "wrong uid" }],
    ["refuses all pods", { kind: "denied", message: "no" }],
    ["injects nothing", { kind: "nothing" }],
    ["writes a status", { kind: "patch", operations: [{ op: "add", path: "/status", value: { phase: "Running" } }] }],
  ];
  for (const [what, fault] of faults) {
    test(what, async () => {
      const one = world.start();
      await time.rest(one);
      ends.push(world.east.istio.injector.fault(fault));
      const image = await world.east.upgrade();
      await time.until("a reason", () => one.status().injectors.some(({ phase }) => phase === "failed"));
      await time.pass(20_000, 100);
      assert.deepEqual(world.sent, []);
      assert.deepEqual([...world.east.restarts], []);
      const { rows, findings } = one.status();
      assert.deepEqual(
        rows.map(({ workload, state }) => `${workload.name} ${state}`),
        names.map((name) => `${name} unknown`),
      );
      assert.ok(findings.some(({ code }) => code === "FL882"));
      for (const end of ends.splice(0)) end();
      await current(image);
      await time.rest(one);
      restartedOnce();
    });
  }
});

test("of an injector whose webhook is gone nothing is said any more, and of one that comes back it is", async () => {
  const one = world.start();
  await time.rest(one);
  ends.push(world.east.istio.injector.fault({ kind: "reset" }));
  const image = await world.east.upgrade();
  const isFailed = (): boolean => one.status().findings.some(({ code }) => code === "FL882");
  await time.until("the finding", isFailed);
  const { api } = world.east.cluster;
  const hooks = "mutatingwebhookconfigurations.admissionregistration.k8s.io";
  const removed = api.list(hooks, "");
  for (const hook of removed) await api.delete(hooks, { namespace: "", name: String(at(hook, "metadata", "name")) });
  await time.until("nothing to say", () => one.status().injectors.length === 0 && !isFailed());
  for (const hook of removed) {
    const { name, labels } = hook["metadata"] as JsonObject;
    await api.create(hooks, { ...hook, metadata: { name: name!, labels: labels! } });
  }
  await time.until("the finding again", isFailed);
  assert.deepEqual(world.sent, []);
  for (const end of ends.splice(0)) end();
  await current(image);
  await time.rest(one);
  restartedOnce();
});

describe("what goes wrong at the API server", () => {
  const isPatch = (request: string): boolean => /^PATCH .*\/deployments\//.test(request);
  const error = (): ApiError => new ApiError(500, "InternalError", "broken");

  test("patches that fail a few times are sent again, and nobody is restarted twice", async () => {
    const one = world.start();
    await time.rest(one);
    let left = 4;
    world.east.fault = (request) =>
      isPatch(request) && left-- > 0 ? { outcome: { kind: "error", error: error() } } : undefined;
    await current(await world.east.upgrade());
    await time.rest(one);
    restartedOnce();
  });

  test("patches whose answers are lost have restarted, and are not sent again", async () => {
    const one = world.start();
    await time.rest(one);
    let left = 3;
    world.east.fault = (request) => (isPatch(request) && left-- > 0 ? { outcome: { kind: "lose" } } : undefined);
    await current(await world.east.upgrade());
    await time.rest(one);
    restartedOnce();
  });

  test("nothing is restarted while the journal cannot be written, and everything once when it can", async () => {
    const one = world.start();
    await time.rest(one);
    let isBroken = true;
    world.east.fault = (request) =>
      isBroken && /^PATCH .*\/configmaps\/fairlead-sidecars/.test(request)
        ? { outcome: { kind: "error", error: error() } }
        : undefined;
    const image = await world.east.upgrade();
    await time.until("the finding", () => one.status().findings.some(({ code }) => code === "FL884"));
    await time.pass(10_000, 100);
    assert.deepEqual(world.sent, []);
    isBroken = false;
    await current(image);
    await time.rest(one);
    restartedOnce();
  });

  test("connections that are cut and watches that have to begin anew change nothing", async () => {
    const one = world.start();
    await time.rest(one);
    const image = await world.east.upgrade();
    for (let cut = 0; cut < 5; cut++) {
      world.east.cluster.disconnect();
      await time.pass(300, 20);
    }
    await current(image);
    await time.rest(one);
    restartedOnce();
  });
});

test("a second change within the cooldown is carried out after it", async () => {
  const cooldownMs = 60_000;
  const one = world.start({ settings: { ...quick, restart: { ...quick.restart, cooldownMs } } });
  await time.rest(one);
  await current(await world.east.upgrade());
  const image = await world.east.upgrade();
  const changedAt = time.clock.monotonic();
  await time.until("those that wait", () =>
    one.status().rows.some(({ state }) => state === "blocked" || state === "waiting"),
  );
  await time.pass(30_000, 100);
  assert.equal(world.sent.length, 3);
  await current(image);
  assert.ok(time.clock.monotonic() - changedAt >= cooldownMs - 10_000);
  await time.rest(one);
  assert.deepEqual([...world.east.restarts.values()], [2, 2, 2]);
});

test("a change while a run is under way restarts each workload for it, but none twice for one change", async () => {
  const one = world.start({ settings: { ...quick, budget: { ...quick.budget, fleet: 1 } } });
  await time.rest(one);
  await world.east.upgrade();
  await time.until("the first restart", () => world.sent.length === 1);
  const image = await world.east.upgrade();
  await current(image);
  await time.rest(one);
  const counts = [...world.east.restarts.values()];
  assert.ok(counts.every((count) => count <= 2) && counts.filter((count) => count === 2).length <= 1, String(counts));
});

test("a workload is restarted again for what it was restarted for, where something else was wanted meanwhile", async () => {
  const { east } = world;
  const image = (version: string): string => `docker.io/istio/proxyv2:${version}`;
  const has = (version: string): boolean => east.proxies("shop", "slow").includes(image(version));
  await east.deploy("shop", "slow", (object) => {
    const spec = object["spec"] as JsonObject;
    return { ...object, spec: { ...spec, replicas: 3, minReadySeconds: 2 } };
  });
  await east.cluster.settled();
  const one = world.start({ settings: { ...quick, restart: { ...quick.restart, cooldownMs: 60_000 } } });
  await time.rest(one);
  const wanted = (await east.upgrade()).split(":")[1]!;
  await time.until("the first of its new pods", () => has(wanted));
  await east.istio.upgrade("1.200.0");
  await time.until("the end of its rollout", () =>
    one
      .status()
      .rows.some(
        ({ workload, state, reason }) => workload.name === "slow" && `${state}: ${reason}`.includes("last rollout"),
      ),
  );
  assert.ok(has("1.200.0"));
  await east.istio.upgrade(wanted);
  await time.pass(60_000, 200);
  const all = image(wanted);
  await time.until("all of its pods to follow", () => east.proxies("shop", "slow").every((proxy) => proxy === all));
  await current(image(wanted));
  await time.rest(one);
  assert.deepEqual(
    one.status().rows.filter(({ state }) => state !== "done"),
    [],
  );
  await east.cluster.api.delete("deployments.apps", { namespace: "shop", name: "slow" });
  await east.cluster.settled();
});

test("a journal that does not hold everything is told once, and goes on", async () => {
  const entry = {
    target: "t",
    state: "done",
    wave: "rest",
    startedAt: 1,
    endedAt: 1,
    reason: "x".repeat(250),
  } as const;
  // Of a cluster that is not there now: they are of use when it is back.
  const keys = Array.from({ length: 2_600 }, (_, index) => `west/shop/Deployment.apps/w-${index}`);
  const workloads = Object.fromEntries(keys.map((key) => [key, entry]));
  const journal: Journal = { version: 1, revision: 1_000, pauses: [], workloads, history: [] };
  const { client } = world.east;
  await client.apply(
    configMaps,
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { ...place },
      data: { [journalKey]: JSON.stringify(journal) },
    },
    { fieldManager: "test", force: true },
  );
  const one = world.start();
  await time.rest(one);
  await current(await world.east.upgrade());
  await time.rest(one);
  restartedOnce();
  const told = world.lines.map((line) => get(get(line, "finding"), "code"));
  assert.equal(told.filter((code) => code === "FL871").length, 1);
  assert.ok(one.status().findings.some(({ code }) => code === "FL871"));
});
