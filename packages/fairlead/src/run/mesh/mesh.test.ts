import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import {
  admiral,
  dependency,
  endpointsOf,
  putAll,
  service,
  shop,
  type FakeMesh,
} from "../../../test/mesh/fake-mesh.ts";
import { admiralSettings, defaultSettings } from "../../plan/mesh/model/presets.ts";
import type { MeshOptions } from "./mesh.ts";
import { startedMeshes } from "../../../test/mesh/started-meshes.ts";

const { begin, start } = startedMeshes();

const entry = "prd.orders.global-se";
const local = ["orders.shop.svc.cluster.local"];

describe("the first sync", () => {
  test("writes each object once, without a conflict or a line of error", async () => {
    const world = await shop();
    await start(world);
    assert.deepEqual(endpointsOf(world.cluster("eu"), "prd.orders.global"), local);
    assert.deepEqual(endpointsOf(world.cluster("us"), "prd.orders.global"), ["lb-eu.example."]);
    const written = ["eu", "us"].flatMap((name) => world.cluster(name).written());
    assert.equal(world.writes().length, written.length, world.writes().join("\n"));
    assert.deepEqual(
      world.lines.filter(({ level }) => level === "error" || level === "warn"),
      [],
    );
  });

  test("stores an address before it is used", async () => {
    const world = await shop();
    const uses: string[] = [];
    for (const name of ["eu", "us"]) {
      world.cluster(name).before = ({ verb, resource }) => {
        if (verb !== "apply" || resource.kind !== "ServiceEntry") return;
        const stored = world.home.client.store.list(world.home.client.resource("ConfigMap"));
        uses.push(stored.some((one) => JSON.stringify(one["data"]).includes("prd.orders.global")) ? "stored" : "not");
      };
    }
    await start(world);
    assert.deepEqual(new Set(uses), new Set(["stored"]));
  });

  test("writes to the clusters where a service runs before those that call it", async () => {
    const world = await shop();
    const order: string[] = [];
    for (const name of ["eu", "us"]) {
      world.cluster(name).before = ({ verb, object }) => {
        if (verb === "apply" && object?.metadata.name === entry) order.push(name);
      };
    }
    await start(world);
    assert.deepEqual(order, ["eu", "us"]);
  });

  test("makes the namespace of its objects where it is missing", async () => {
    const world = await shop();
    world
      .cluster("us")
      .client.store.remove(world.cluster("us").client.resource("Namespace"), { name: "fairlead-mesh" });
    await start(world);
    assert.ok(world.cluster("us").client.writes().includes("create Namespace fairlead-mesh"));
  });
});

test("a restart with nothing changed writes nothing", async () => {
  const world = await shop();
  const first = await start(world);
  await world.pass(5_000);
  await first.stop();
  const before = [world.writes().length, world.home.client.writes().length];
  await start(world);
  await world.pass(600_000);
  assert.deepEqual([world.writes().length, world.home.client.writes().length], before);
});

test("a change of one service is written, and nothing else", async () => {
  const world = await shop();
  const mesh = await start(world);
  const writesIn = (name: string): string[] => world.writes().filter((write) => write.startsWith(`${name}: `));
  const before = new Map(["eu", "us"].map((name) => [name, writesIn(name).length]));
  await putAll(world.cluster("us"), service("orders", "us-shop"));
  await world.settled(mesh);
  assert.deepEqual(endpointsOf(world.cluster("eu"), "prd.orders.global"), ["lb-us.example.", ...local].toSorted());
  const changed = [...before].flatMap(([name, count]) => writesIn(name).slice(count));
  assert.ok(changed.length > 0);
  assert.ok(
    changed.every((write) => write.includes("orders")),
    changed.join("\n"),
  );
});

describe("policies", () => {
  const policy = (name: string, spec: object = {}): KrmObject =>
    admiral(
      "GlobalTrafficPolicy",
      name,
      "shop",
      { policy: [{ dnsPrefix: "default", lbType: 0 }], ...spec },
      { identity: "orders", env: "prd" },
    );
  const ready = (world: FakeMesh, name: string): unknown => {
    const conditions = get(world.cluster("eu").find("GlobalTrafficPolicy", name, "shop")?.["status"], "conditions");
    return (Array.isArray(conditions) ? conditions : []).map(
      (one) => `${String(get(one, "type"))}=${String(get(one, "status"))}`,
    );
  };

  test("get a status, once, and an Event", async () => {
    const world = await shop();
    await world.cluster("eu").put(policy("one"));
    const mesh = await start(world);
    assert.deepEqual(ready(world, "one"), ["Ready=True"]);
    const { client } = world.cluster("eu");
    const statuses = (): number => client.writes().filter((one) => one === "apply GlobalTrafficPolicy shop/one").length;
    const before = statuses();
    await world.pass(900_000);
    await world.settled(mesh);
    assert.equal(statuses(), before);
    assert.equal(client.store.list(client.resource("Event")).length, 1);
  });

  test("get it when most of what routes requests is written, but not later than half a minute", async () => {
    for (const [tookMs, isWaitedFor] of [
      [1_000, true],
      [20_000, false],
    ] as const) {
      const world = await shop();
      const eu = world.cluster("eu");
      for (let at = 0; at < 60; at++) await putAll(eu, service(`app-${at}`, "shop"));
      await eu.put(policy("one"));
      let entries = 0;
      let isSaid = false;
      eu.before = async ({ verb, resource: { kind } }) => {
        if (verb !== "apply") return;
        if (kind === "ServiceEntry") await new Promise<void>((resolve) => void world.clock.after(tookMs, resolve));
        if (kind === "ServiceEntry" && !isSaid) entries++;
        isSaid ||= kind === "GlobalTrafficPolicy";
      };
      begin(world);
      await world.pass(tookMs);
      await world.until("the status", () => isSaid);
      assert.equal(entries >= 40, isWaitedFor, `${entries} entries`);
      eu.before = () => {};
    }
  });

  test("that are overruled say so", async () => {
    const world = await shop();
    await world.cluster("eu").put(policy("one"));
    world.clock.advance(5_000);
    await world.cluster("eu").put({
      ...policy("two"),
      metadata: { ...policy("two").metadata, labels: { identity: "orders", env: "prd", priority: "5" } },
    });
    await start(world);
    assert.deepEqual([ready(world, "one"), ready(world, "two")], [["Ready=False", "Stalled=True"], ["Ready=True"]]);
  });
});

describe("the right to write", () => {
  test("read-only plans and reports, and writes nothing", async () => {
    const world = await shop({ registry: { readOnly: true } });
    const before = world.home.client.writes().length;
    const mesh = begin(world);
    await world.until("the start", () => mesh.isStarted());
    await world.pass(10_000);
    assert.deepEqual(world.writes(), []);
    assert.equal(world.home.client.writes().length, before);
  });

  test("an identity that is suspended keeps what it has", async () => {
    const world = await shop();
    await (await start(world)).stop();
    const suspended = await shop({ settings: { ...defaultSettings, suspended: ["orders"] } });
    await start(suspended);
    assert.deepEqual(
      suspended
        .cluster("eu")
        .written()
        .filter((one) => one.includes("orders")),
      [],
    );
    assert.notDeepEqual(suspended.cluster("us").written(), []);
  });

  test("two that share the keys write each object once between them", async () => {
    const world = await shop();
    for (let index = 0; index < 20; index++) await putAll(world.cluster("eu"), service(`s${index}`, "many"));
    const share = (rest: number): MeshOptions["partition"] => {
      const owns = (key: string): boolean =>
        [...key].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 2 === rest;
      return { owns, mayGoOn: owns, onChange: () => () => {} };
    };
    const meshes = [begin(world, { partition: share(0)! }), begin(world, { partition: share(1)! })];
    for (const mesh of meshes) await world.settled(mesh);
    const objects = ["eu", "us"].flatMap((name) =>
      world
        .cluster(name)
        .written()
        .map((one) => `${name}: ${one}`),
    );
    assert.equal(objects.length, 22 * 2 * 2);
    assert.equal(world.writes().length, objects.length);
  });
});

test("in admiral mode objects are created and replaced whole", async () => {
  const scope = { ...admiralSettings.scope, syncNamespace: "fairlead-mesh", dependencyNamespace: "fairlead-mesh" };
  const world = await shop({ settings: { ...admiralSettings, scope } });
  const mesh = await start(world);
  assert.deepEqual(endpointsOf(world.cluster("us"), "prd.orders.global"), ["lb-eu.example."]);
  assert.ok(
    world.writes().every((write) => /: (create|update|delete) /.test(write)),
    world.writes().join("\n"),
  );
  const object = world.cluster("us").find("ServiceEntry", entry)!;
  assert.deepEqual(Object.keys(object.metadata.annotations ?? {}).toSorted(), [
    "app.kubernetes.io/created-by",
    "identity",
  ]);
  await world.cluster("us").edit("ServiceEntry", entry, (found) => ({ ...found, spec: { hosts: ["x"] } }));
  await world.settled(mesh);
  assert.deepEqual(endpointsOf(world.cluster("us"), "prd.orders.global"), ["lb-eu.example."]);
  await world.home.put(dependency("cart", "orders", "nobody"));
});
