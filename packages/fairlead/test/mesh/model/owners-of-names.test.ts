/** Whose a name is, and how it changes hands. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get } from "@fairlead/apimachinery";
import { admiral, endpointsOf, putAll, service, type FakeMesh } from "../fake-mesh.ts";
import { startedMeshes } from "../started-meshes.ts";
import { host, local, names, rest, three } from "./three-clusters.ts";

const { start } = startedMeshes();

describe("whose a name is", () => {
  const ready = (world: FakeMesh, cluster: string, namespace: string): unknown => {
    const policy = world.cluster(cluster).find("GlobalTrafficPolicy", "orders", namespace);
    const conditions = get(policy?.["status"], "conditions");
    return (Array.isArray(conditions) ? conditions : []).flatMap((one) =>
      get(one, "type") === "Ready" ? [get(one, "status")] : [],
    );
  };

  test("in one cluster it is the oldest namespace's: another cannot take it, and is told so", async () => {
    const world = await three();
    const mesh = await start(world);
    const before = rest(world);
    world.clock.advance(60_000);
    await putAll(world.cluster("eu"), service("orders", "mine"));
    const weak = { policy: [{ dnsPrefix: "default", lbType: 1, target: [{ region: "eu-west-1", weight: 0 }] }] };
    await world
      .cluster("eu")
      .put(admiral("GlobalTrafficPolicy", "orders", "mine", weak, { identity: "orders", env: "prd" }));
    await world.settled(mesh);
    assert.equal(rest(world), before);
    const finding = mesh.findings().find(({ code }) => code === "FL807");
    assert.match(
      finding?.message ?? "",
      /mine\/orders claims orders in prd, which belongs to namespace shop of cluster eu/,
    );
    assert.deepEqual(ready(world, "eu", "mine"), ["False"]);
    await mesh.stop();
    await start(world);
    assert.equal(rest(world), before, "and who comes first after a restart does not matter");
  });

  test("in different clusters it may be any namespace's, and all serve", async () => {
    const world = await three();
    await putAll(world.cluster("us"), service("orders", "sales"));
    const mesh = await start(world);
    assert.deepEqual(endpointsOf(world.cluster("eu"), host), ["lb-us.example.", local("shop")]);
    assert.deepEqual(endpointsOf(world.cluster("us"), host), ["lb-eu.example.", local("sales")]);
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), ["lb-eu.example.", "lb-us.example."]);
    assert.deepEqual(
      mesh.findings().filter(({ code }) => code === "FL807"),
      [],
    );
  });

  test("it is handed over without a gap: at every step somebody serves, under the same name and address", async () => {
    const world = await three();
    const mesh = await start(world);
    const eu = world.cluster("eu");
    const seen = new Set<string>();
    const empty: string[] = [];
    for (const name of names) {
      world.cluster(name).before = ({ verb, key, object }) => {
        if (verb === "delete" && key?.name === `${host}-se`) empty.push(`${name}: deleted`);
        if (object?.kind !== "ServiceEntry" || object.metadata.name !== `${host}-se` || verb === "get") return;
        const spec = object["spec"] as { addresses: string[]; hosts: string[]; endpoints?: unknown[] };
        seen.add([...spec.hosts, ...spec.addresses].join(" "));
        if ((spec.endpoints ?? []).length === 0) empty.push(`${name}: no endpoint`);
      };
    }
    const at = (): unknown => endpointsOf(eu, host)?.toSorted();
    assert.deepEqual(at(), [local("shop")]);
    world.clock.advance(60_000);
    await putAll(eu, service("orders", "next"));
    await world.settled(mesh);
    assert.deepEqual(at(), [local("shop")], "not yet");
    await eu.edit(
      "Deployment",
      "orders",
      (object) => ({ ...object, metadata: { ...object.metadata, annotations: { "fairlead.dev/hand-over": "next" } } }),
      "shop",
    );
    await world.settled(mesh);
    assert.deepEqual(at(), [local("next"), local("shop")], "both");
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), ["lb-eu.example."]);
    await eu.remove("Deployment", "orders", "shop");
    await world.settled(mesh);
    assert.deepEqual(at(), [local("next")], "the next one alone");
    await eu.remove("Service", "orders", "shop");
    await world.settled(mesh);
    assert.deepEqual(at(), [local("next")]);
    assert.deepEqual(empty, []);
    assert.equal(seen.size, 1, [...seen].join("; "));
    assert.deepEqual(
      mesh.findings().filter(({ code }) => code === "FL807"),
      [],
    );
  });
});
