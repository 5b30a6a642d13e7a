/** What the controller makes of ServiceExports, and says of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { get } from "@fairlead/apimachinery";
import { endpointsOf, shop, type FakeMesh } from "../../../test/mesh/fake-mesh.ts";
import { startedMeshes } from "../../../test/mesh/started-meshes.ts";

const { start } = startedMeshes();

async function put(world: FakeMesh, name: string): Promise<void> {
  await world.cluster("eu").put({
    apiVersion: "multicluster.x-k8s.io/v1alpha1",
    kind: "ServiceExport",
    metadata: { name, namespace: "shop" },
  });
}

function conditions(world: FakeMesh, name: string): readonly string[] {
  const found = get(world.cluster("eu").find("ServiceExport", name, "shop")?.["status"], "conditions");
  return (Array.isArray(found) ? found : []).map((one) =>
    [get(one, "type"), get(one, "status"), get(one, "reason")].map(String).join(" "),
  );
}

test("an exported Service has its name in other clusters, with an address, and its export says so once", async () => {
  const world = await shop();
  await put(world, "orders");
  await put(world, "nothing");
  const mesh = await start(world);
  const host = "orders.shop.svc.clusterset.local";
  assert.deepEqual(endpointsOf(world.cluster("eu"), host), ["orders.shop.svc.cluster.local"]);
  assert.deepEqual(endpointsOf(world.cluster("us"), host), ["lb-eu.example."]);
  const entry = world.cluster("eu").find("ServiceEntry", `${host}-se`, "fairlead-mesh");
  assert.equal((get(entry?.["spec"], "addresses") as string[]).length, 1);
  assert.deepEqual(conditions(world, "orders"), ["Valid True Valid", "Conflict False NoConflicts"]);
  assert.deepEqual(conditions(world, "nothing"), ["Valid False NoService", "Conflict False NoConflicts"]);
  const writes = world.writes().length;
  await world.pass(900_000);
  await world.settled(mesh);
  assert.equal(world.writes().length, writes);
});

test("what an export made goes with it", async () => {
  const world = await shop();
  await put(world, "orders");
  const mesh = await start(world);
  await world.cluster("eu").remove("ServiceExport", "orders", "shop");
  await world.settled(mesh);
  const left = ["eu", "us"].flatMap((name) => world.cluster(name).written());
  assert.deepEqual(
    left.filter((one) => one.includes("clusterset")),
    [],
  );
});
