import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { KubeError } from "@fairlead/kube";
import { clusterParts, endpointsOf, putAll, service, shop, type FakeMesh } from "../../../test/mesh/fake-mesh.ts";
import { defaultRegistry } from "../../plan/mesh/config/registry-settings.ts";
import { startedMeshes } from "../../../test/mesh/started-meshes.ts";
import type { Mesh } from "./mesh.ts";

const { begin, start } = startedMeshes();

const host = "prd.orders.global";
const viewOf = (mesh: Mesh, name: string): string | undefined => mesh.clusters().find((one) => one.name === name)?.view;

/** orders in eu and in us, ap calls it. */
async function inTwo(): Promise<FakeMesh> {
  const world = await shop({}, ["eu", "us", "ap"]);
  await putAll(world.cluster("us"), service("orders", "us-shop"));
  await putAll(world.cluster("ap"), service("cart", "front"));
  return world;
}

const both = ["lb-eu.example.", "lb-us.example."];

describe("a cluster that is registered while the controller runs", () => {
  test("is read and written", async () => {
    const world = await shop({}, ["eu", "us", "ap"]);
    await world.unregister("ap");
    const mesh = await start(world);
    assert.equal(viewOf(mesh, "ap"), undefined);
    await putAll(world.cluster("ap"), service("cart", "front"));
    await world.register("ap");
    await world.until("it is read", () => viewOf(mesh, "ap") === "current");
    await world.settled(mesh);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), ["lb-eu.example."]);
  });
});

describe("credentials that change", () => {
  test("are used without losing what is known, even for a moment", async () => {
    const world = await inTwo();
    const mesh = await start(world);
    const before = world.writes().length;
    await world.register("us", "another");
    await world.until("the new connection", () =>
      world.lines.some(({ message }) => message === "a cluster was read over a new connection"),
    );
    await world.settled(mesh);
    assert.equal(world.writes().length, before);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), both);
    await putAll(world.cluster("us"), service("basket", "front"));
    await world.settled(mesh);
    assert.notEqual(endpointsOf(world.cluster("ap"), "prd.basket.global"), undefined, "changes are seen over it");
  });

  test("that do not work leave the cluster as it was last known", async () => {
    const world = await inTwo();
    const mesh = await start(world);
    const before = world.writes().length;
    world.cluster("us").cut();
    await world.register("us", "wrong");
    await world.until("it is stale", () => viewOf(mesh, "us") === "stale");
    await world.pass(120_000);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), both);
    assert.equal(world.writes().length, before);
  });

  test("find what happened while nobody could read", async () => {
    const world = await inTwo();
    const mesh = await start(world);
    world.cluster("us").cut();
    await world.until("it is stale", () => viewOf(mesh, "us") === "stale");
    await world.cluster("us").remove("Deployment", "orders", "us-shop");
    await world.pass(60_000);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), both, "as it was last known");
    world.cluster("us").mend();
    await world.register("us", "right");
    await world.until("it is read", () => viewOf(mesh, "us") === "current");
    await world.settled(mesh);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), ["lb-eu.example."]);
  });
});

describe("a cluster that does not answer", () => {
  test("keeps its endpoints everywhere, and holds nobody up", async () => {
    const world = await inTwo();
    const mesh = await start(world);
    world.cluster("us").cut();
    await putAll(world.cluster("eu"), service("basket", "shop"));
    await world.until("others are written", () => endpointsOf(world.cluster("ap"), "prd.basket.global") !== undefined);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), both);
    await world.until("it is stale", () => viewOf(mesh, "us") === "stale");
    world.cluster("us").mend();
    await world.until("it is written, too", () => endpointsOf(world.cluster("us"), "prd.basket.global") !== undefined);
    await world.until("it is current", () => viewOf(mesh, "us") === "current");
  });

  for (const ms of [-7_200_000, 7_200_000]) {
    test(`is stale for as long as it is, whatever the time of day is set by (${ms / 3_600_000} h)`, async () => {
      const world = await inTwo();
      const mesh = await start(world);
      const staleMs = (): number | undefined => mesh.clusters().find(({ name }) => name === "us")?.staleMs;
      world.clock.jump(ms);
      world.cluster("us").cut();
      await world.pass(3_000);
      world.clock.jump(ms);
      await world.pass(1_000);
      assert.deepEqual([viewOf(mesh, "us"), staleMs()! <= 4_000], ["current", true], "a moment is not worth a word");
      await world.pass(2_000);
      assert.deepEqual([viewOf(mesh, "us"), staleMs()! >= 5_000, staleMs()! <= 6_000], ["stale", true, true]);
    });
  }

  test("that has forgotten its history is read again, in as many pages as it takes", async () => {
    const world = await inTwo();
    const us = world.cluster("us");
    us.mostOnPage = 1;
    const mesh = await start(world);
    const before = world.writes().length;
    us.cut();
    await world.until("it is stale", () => viewOf(mesh, "us") === "stale");
    await us.remove("Deployment", "orders", "us-shop");
    us.compact();
    us.mend();
    await world.until("it is current", () => viewOf(mesh, "us") === "current");
    await world.settled(mesh);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), ["lb-eu.example."]);
    assert.ok(world.writes().length > before);
  });

  test("when the controller starts keeps its endpoints where they are written, and nothing is deleted", async () => {
    const world = await inTwo();
    await (await start(world)).stop();
    world.cluster("us").cut();
    await world.cluster("eu").remove("Deployment", "orders", "shop");
    const mesh = await start(world);
    assert.equal(viewOf(mesh, "us"), "unread");
    assert.ok(endpointsOf(world.cluster("ap"), host)!.includes("lb-us.example."));
    await world.cluster("ap").remove("Deployment", "cart", "front");
    await world.settled(mesh);
    const deletions = (): string[] => world.writes().filter((write) => write.includes(": delete"));
    assert.deepEqual(deletions(), []);
    world.cluster("us").mend();
    await world.until("it is read", () => viewOf(mesh, "us") === "current");
    await world.settled(mesh);
    assert.equal(endpointsOf(world.cluster("ap"), host), undefined, "what was held back goes now");
    assert.deepEqual(endpointsOf(world.cluster("us"), host), ["orders.us-shop.svc.cluster.local"]);
  });

  test("is waited for at the start, but not for long", async () => {
    const world = await inTwo();
    world.cluster("us").before = () => new Promise(() => {});
    const mesh = begin(world);
    await world.pass(9_000);
    assert.equal(mesh.isStarted(), false);
    await world.pass(2_000);
    assert.equal(mesh.isStarted(), true);
    await world.until("others are written", () => endpointsOf(world.cluster("ap"), host) !== undefined);
  });

  test("costs others nothing when its writes hang", async () => {
    const world = await inTwo();
    await start(world);
    world.cluster("us").before = ({ verb }) => (verb === "apply" ? new Promise(() => {}) : undefined);
    for (let index = 0; index < 60; index++) await putAll(world.cluster("eu"), service(`s${index}`, "many"));
    const at = world.clock.now();
    await world.until("all are written in ap", () => world.cluster("ap").written().length >= 2 * 60);
    assert.ok(world.clock.now() - at < 5_000, `${world.clock.now() - at} ms`);
  });
});

describe("a cluster that is removed", () => {
  test("loses its endpoints everywhere, and is written no more", async () => {
    const world = await inTwo();
    const mesh = await start(world);
    const before = world.cluster("us").written();
    await world.unregister("us");
    await world.until("it is gone", () => viewOf(mesh, "us") === undefined);
    await world.settled(mesh);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), ["lb-eu.example."]);
    assert.deepEqual(world.cluster("us").written(), before);
  });

  test("that never answered lets deletions go on", async () => {
    const world = await inTwo();
    world.cluster("us").cut();
    await world.cluster("ap").put({
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: {
        name: "prd.old.global-se",
        namespace: "fairlead-mesh",
        labels: { "app.kubernetes.io/managed-by": "fairlead" },
        annotations: { identity: "old", "fairlead.dev/owner": "Identity//old" },
      },
      spec: { hosts: ["prd.old.global"] },
    });
    const mesh = await start(world);
    assert.equal(viewOf(mesh, "us"), "unread");
    assert.notEqual(endpointsOf(world.cluster("ap"), "prd.old.global"), undefined);
    await world.unregister("us");
    await world.until("it is gone", () => viewOf(mesh, "us") === undefined);
    await world.settled(mesh);
    assert.equal(endpointsOf(world.cluster("ap"), "prd.old.global"), undefined);
  });
});

describe("a cluster that is paused", () => {
  test("is not written, and its endpoints stay", async () => {
    const world = await inTwo();
    await world.register("us", "t", { "fairlead.dev/paused": "true" });
    const mesh = await start(world);
    assert.equal(viewOf(mesh, "us"), "paused");
    assert.deepEqual(world.cluster("us").written(), []);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), both);
    await world.register("us", "t", { "fairlead.dev/paused": "false" });
    await world.until("it goes on", () => viewOf(mesh, "us") === "current");
    await world.settled(mesh);
    assert.notDeepEqual(world.cluster("us").written(), []);
  });
});

describe("a hostile cluster", () => {
  test("with more objects than are read of one is cut off, with a finding, and the others go on", async () => {
    const world = await inTwo();
    const limits = { ...defaultRegistry.limits, objects: 200 };
    const mesh = await start(world, { registry: { ...defaultRegistry, limits } });
    for (let index = 0; index < 150; index++) await putAll(world.cluster("us"), service(`flood${index}`, "flood"));
    await world.until("it is stale", () => viewOf(mesh, "us") === "stale");
    assert.ok(
      world.lines.some(({ level, finding }) => level === "warn" && JSON.stringify(finding).includes("FL849")),
      "it is said",
    );
    await putAll(world.cluster("eu"), service("basket", "shop"));
    await world.until("others are written", () => endpointsOf(world.cluster("ap"), "prd.basket.global") !== undefined);
  });

  test("whose lists never end is one that does not answer", async () => {
    const world = await inTwo();
    const us = world.cluster("us").client;
    const list = us.list.bind(us);
    us.list = async (resource, options) =>
      resource.kind === "Service" ? { resourceVersion: "1", continue: "more", items: [] } : list(resource, options);
    const limits = { ...defaultRegistry.limits, listPages: 50 };
    const mesh = await start(world, { registry: { ...defaultRegistry, limits } });
    assert.equal(viewOf(mesh, "us"), "unread");
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), ["lb-eu.example."]);
  });

  test("that answers with nonsense breaks nothing", async () => {
    const world = await inTwo();
    const nonsense = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x", namespace: "shop" }, spec: 5 };
    await world.cluster("us").client.create(world.cluster("us").client.resource("Deployment"), nonsense as never);
    await start(world);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), both);
    assert.deepEqual(
      world.lines.filter(({ level }) => level === "error"),
      [],
    );
  });
});

test("the home cluster may be a member without a Secret", async () => {
  const world = await shop({ registry: { home: "hub" } });
  await putAll(world.home, [...clusterParts("hub", "hub-1"), ...service("orders", "hub-shop")]);
  const mesh = await start(world);
  assert.equal(viewOf(mesh, "hub"), "current");
  assert.deepEqual(endpointsOf(world.cluster("us"), host), ["lb-eu.example.", "lb-hub.example."]);
  assert.deepEqual(endpointsOf(world.home, host), ["lb-eu.example.", "orders.hub-shop.svc.cluster.local"]);
});

test("nothing is written before the home cluster was read", async () => {
  const world = await inTwo();
  world.home.before = ({ verb, resource }) => {
    if (resource.kind === "Dependency" && verb === "list") throw new KubeError("forbidden", "no");
  };
  const mesh = begin(world);
  await world.pass(60_000);
  assert.equal(mesh.isStarted(), false);
  assert.deepEqual(world.writes(), []);
  assert.ok(mesh.notReady().some((reason) => reason.includes("home cluster")));
});
