import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { get } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import {
  clusterParts,
  dependency,
  fakeMesh,
  service,
  syncNamespace,
  type FakeMesh,
} from "../../../test/mesh/fake-mesh.ts";
import type { Mesh, MeshOptions } from "./mesh.ts";

const running: Mesh[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((mesh) => mesh.stop()));
});

function start(world: FakeMesh, options: Partial<MeshOptions> = {}): Mesh {
  const mesh = world.start(options);
  running.push(mesh);
  return mesh;
}

/** orders runs in eu, cart in us calls it. */
async function twoClusters(): Promise<FakeMesh> {
  const world = fakeMesh(["eu", "us"]);
  for (const [name, region] of [
    ["eu", "eu-west-1"],
    ["us", "us-east-1"],
  ] as const) {
    for (const object of clusterParts(name, region)) {
      const { status, ...rest } = object;
      await world.cluster(name).put(rest as KrmObject);
      if (status !== undefined) {
        const { client } = world.cluster(name);
        const found = world.cluster(name).find(object.kind, object.metadata.name!, object.metadata.namespace)!;
        await client.update(client.resource(object.kind), { ...found, status }, { subresource: "status" });
      }
    }
    await world.register(name);
  }
  for (const object of service("orders", "shop")) await world.cluster("eu").put(object);
  for (const object of service("cart", "front")) await world.cluster("us").put(object);
  await world.home.put(dependency("cart", "orders"));
  return world;
}

const addressesOf = (object: KrmObject | undefined): unknown[] =>
  ((get(object?.["spec"], "endpoints") ?? []) as unknown[]).map((one) => get(one, "address"));

describe("the controller of the mesh", () => {
  test("writes a service into its own cluster and into those that call it, once", async () => {
    const world = await twoClusters();
    const mesh = start(world);
    await world.settled(mesh);
    assert.deepEqual(addressesOf(world.cluster("eu").find("ServiceEntry", "prd.orders.global-se")), [
      "orders.shop.svc.cluster.local",
    ]);
    assert.deepEqual(addressesOf(world.cluster("us").find("ServiceEntry", "prd.orders.global-se")), ["lb-eu.example."]);
    console.log(
      world.writes(),
      world.lines.map((l) => `${l.level} ${l.message} ${JSON.stringify(l.finding ?? "")}`),
    );
  });
});
