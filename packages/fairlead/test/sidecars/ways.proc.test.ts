import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { at, deployment, quick, sidecarWorld, type World } from "./live-world.ts";
import { live } from "./live.ts";

let world: World;
const time = live();

before(async () => {
  // Istio is where nothing but its webhooks tells of it.
  world = await sidecarWorld({ clock: time.clock, clusters: { east: { istio: { namespace: "mesh" } } } });
  await world.east.deploy("shop", "web");
  await world.east.cluster.api.create("replicasets.apps", {
    ...deployment("shop", "bare", 3),
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
  });
  await world.east.cluster.settled();
});
after(() => world.stop());

beforeEach(() => {
  world.sent.length = 0;
  world.east.restarts.clear();
});
afterEach(async () => {
  await time.stopped(...world.running.splice(0));
});

const isCurrent = (name: string, image: string): boolean => {
  const proxies = world.east.proxies("shop", name);
  return proxies.length > 0 && proxies.every((one) => one === image);
};

test("an injector in a namespace that only its webhooks name is waited for, and asked", async () => {
  const one = world.start();
  await time.until("rest", () => one.isIdle());
  const image = await world.east.upgrade();
  await time.until("the new proxies", () => isCurrent("web", image));
  await time.until("rest", () => one.isIdle());
  assert.deepEqual([...world.east.restarts], [["shop/web", 1]]);
});

test("evictions go one pod after the other, each once, and nothing is annotated", async () => {
  const one = world.start({ settings: { ...quick, restart: { ...quick.restart, mode: "evict" } } });
  const image = await world.east.upgrade();
  await time.until("the new proxies", () => isCurrent("bare", image) && isCurrent("web", image));
  await time.until("rest", () => one.isIdle());
  assert.deepEqual([...world.east.restarts], []);
  const evicted = world.sent.map(({ verb, name }) => `${verb} ${name.replace(/-.*/, "")}`).sort();
  assert.deepEqual(evicted, ["evict bare", "evict bare", "evict bare", "evict web", "evict web"]);
  assert.equal(new Set(world.sent.map(({ name }) => name)).size, 5);
});

describe("where the injector cannot be reached", () => {
  test("the API server is asked in its place, and nothing is stored", async () => {
    const one = world.start({ dial: () => undefined });
    await time.until("rest", () => one.isIdle());
    assert.ok(one.status().injectors.every(({ phase }) => phase === "serving"));
    const image = await world.east.upgrade();
    await time.until("the new proxies", () => isCurrent("web", image));
    await time.until("rest", () => one.isIdle());
    assert.deepEqual([...world.east.restarts], [["shop/web", 1]]);
    assert.deepEqual(one.targets(), []);
    const names = world.east.cluster.api.list("pods", "shop").map((pod) => String(at(pod, "metadata", "name")));
    assert.deepEqual(
      names.filter((name) => name.startsWith("fairlead-question")),
      [],
    );
  });

  test("and must be, nothing is known, and nothing restarted", async () => {
    const settings = { ...quick, oracle: { ...quick.oracle, ask: "injector" as const } };
    const one = world.start({ dial: () => undefined, settings });
    await time.until("the finding", () => one.status().findings.some(({ code }) => code === "FL882"));
    await world.east.upgrade();
    await time.pass(15_000, 100);
    assert.deepEqual(world.sent, []);
    assert.equal(
      one
        .status()
        .rows.find(({ workload }) => workload.name === "web")
        ?.reason.includes("cannot be reached"),
      true,
    );
  });

  test("an API server that leaves it out (failurePolicy: Ignore) takes no sidecar away", async () => {
    const one = world.start({ dial: () => undefined });
    await time.until("rest", () => one.isIdle() && one.status().injectors.every(({ phase }) => phase === "serving"));
    await time.until(
      "what the last test left",
      () => one.status().progress?.waiting === 0 && one.status().progress?.underWay === 0,
    );
    world.sent.length = 0;
    const end = world.east.istio.injector.fault({ kind: "nothing" });
    const image = await world.east.upgrade({ failurePolicy: "Ignore" });
    await time.until("the finding", () => one.status().findings.some(({ code }) => code === "FL882"));
    await time.pass(10_000, 100);
    assert.deepEqual(world.sent, []);
    end();
    await time.until("the new proxies", () => isCurrent("web", image));
  });
});

test("a dry run tells, and sends nothing", async () => {
  const written = JSON.stringify(world.east.workload("shop", "web")["spec"] as JsonObject);
  const one = world.start({ settings: { ...quick, restart: { ...quick.restart, dryRun: true } } });
  await time.until("rest", () => one.isIdle());
  await world.east.upgrade();
  await time.until("the rows", () => one.status().rows.length === 2);
  assert.deepEqual(world.sent, []);
  await time.pass(5_000, 100);
  assert.deepEqual([...world.east.restarts], []);
  assert.equal(JSON.stringify(world.east.workload("shop", "web")["spec"]), written);
  assert.deepEqual(
    world.east.cluster.api.list("pods", "shop").filter((pod) => at(pod, "metadata", "deletionTimestamp") !== undefined),
    [],
  );
});
