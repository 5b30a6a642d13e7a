import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { endpointsOf, putAll, service, shop, syncNamespace, type FakeMesh } from "../../../test/mesh/fake-mesh.ts";
import { readMeshConfig } from "../../plan/mesh/config/read-mesh-config.ts";
import { runMesh, type RunMeshOptions, type RunningMesh } from "./run-mesh.ts";

const running: { readonly one: RunningMesh; readonly world: FakeMesh }[] = [];
afterEach(async () => {
  for (const { one, world } of running.splice(0)) await stop(one, world);
});

/** Giving up a lease may take time of the clock. */
async function stop(one: RunningMesh, world: FakeMesh): Promise<void> {
  let isOver = false;
  void one.stop().then(() => (isOver = true));
  await world.until("the end", () => isOver);
}

async function run(world: FakeMesh, options: Partial<RunMeshOptions> = {}): Promise<RunningMesh> {
  const one = await runMesh({
    ...world.parts,
    configNamespace: syncNamespace,
    configure: async (config) => readMeshConfig(config as JsonValue | undefined),
    replicas: { kind: "alone" },
    ...options,
  });
  running.push({ one, world });
  return one;
}

const config = (spec: JsonObject): KrmObject => ({
  apiVersion: "fairlead.dev/v1alpha1",
  kind: "MeshConfig",
  metadata: { name: "mesh", namespace: syncNamespace },
  spec,
});

const entryOf = (world: FakeMesh, host: string): unknown => endpointsOf(world.cluster("us"), host);
const readyOf = (world: FakeMesh): unknown => {
  const conditions = get(world.home.find("MeshConfig", "mesh")?.["status"], "conditions");
  return (Array.isArray(conditions) ? conditions : []).map(
    (one) => `${String(get(one, "type"))}=${String(get(one, "status"))}`,
  );
};

describe("the configuration", () => {
  test("is the defaults where there is no MeshConfig", async () => {
    const world = await shop();
    const one = await run(world);
    await world.until("the sync", () => entryOf(world, "prd.orders.global") !== undefined);
    assert.deepEqual(one.notReady(), []);
  });

  test("changes while it runs, and what no longer follows goes", async () => {
    const world = await shop();
    await world.home.put(config({ names: { suffix: "mesh" } }));
    await run(world);
    await world.until("the sync", () => entryOf(world, "prd.orders.mesh") !== undefined);
    await world.until("its status", () => String(readyOf(world)) === "Ready=True");
    await world.home.put(config({ names: { suffix: "global" } }));
    await world.until("the new names", () => entryOf(world, "prd.orders.global") !== undefined);
    await world.until("the end of the old", () => entryOf(world, "prd.orders.mesh") === undefined);
  });

  test("with errors changes nothing, and says so", async () => {
    const world = await shop();
    const one = await run(world);
    await world.until("the sync", () => entryOf(world, "prd.orders.global") !== undefined);
    const mesh = one.mesh();
    await world.home.put(config({ names: { suffix: "no suffix!" } }));
    await world.until("its status", () => String(readyOf(world)) === "Ready=False,Stalled=True");
    await world.pass(5_000);
    assert.equal(one.mesh(), mesh);
    assert.notEqual(entryOf(world, "prd.orders.global"), undefined);
  });

  test("that was never usable leaves the process not ready", async () => {
    const world = await shop();
    await world.home.put(config({ names: { suffix: "no suffix!" } }));
    const one = await run(world);
    await world.pass(20_000);
    assert.equal(one.mesh(), undefined);
    assert.deepEqual(world.writes(), []);
    assert.ok(one.notReady()[0]!.includes("suffix"), one.notReady()[0]);
  });
});

describe("several replicas", () => {
  for (const kind of ["leader", "shards"] as const) {
    test(`write each object once between them, and go on without one of them: ${kind}`, async () => {
      const world = await shop();
      for (let index = 0; index < 10; index++) await putAll(world.cluster("eu"), service(`s${index}`, "many"));
      const replicas = { kind, namespace: syncNamespace };
      const one = await run(world, { replicas, instance: "pod-one" });
      const two = await run(world, { replicas, instance: "pod-two" });
      const objects = (): number => ["eu", "us"].flatMap((name) => world.cluster(name).written()).length;
      await world.until("the sync", () => objects() === 12 * 2 * 2);
      await world.pass(30_000);
      assert.equal(world.writes().length, objects());

      await stop(one, world);
      for (let index = 10; index < 15; index++) await putAll(world.cluster("eu"), service(`s${index}`, "many"));
      await world.until("the other goes on", () => objects() === 17 * 2 * 2);
      await world.pass(30_000);
      assert.equal(world.writes().length, objects());
      assert.deepEqual(two.notReady(), []);
    });
  }
});
