/** What is written is put right, goes when nothing asks for it, and leaves what others have alone. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "@fairlead/kube";
import { endpointsOf, putAll, service, shop, type FakeMesh } from "../../../test/mesh/fake-mesh.ts";
import { defaultSettings } from "../../plan/mesh/model/presets.ts";
import { startedMeshes } from "../../../test/mesh/started-meshes.ts";

const { start } = startedMeshes();

const entry = "prd.orders.global-se";
const local = ["orders.shop.svc.cluster.local"];
const hosts = (object: KrmObject | undefined): unknown => get(object?.["spec"], "hosts");

describe("drift", () => {
  test("a deleted object is back within a second", async () => {
    const world = await shop();
    await start(world);
    await world.cluster("us").remove("ServiceEntry", entry);
    const at = world.clock.now();
    await world.until("it is back", () => world.cluster("us").find("ServiceEntry", entry) !== undefined);
    assert.ok(world.clock.now() - at < 1_000);
  });

  for (const [what, change] of Object.entries<(object: KrmObject) => KrmObject>({
    "a value": (object) => ({ ...object, spec: { ...(object["spec"] as object), hosts: ["other.global"] } }),
    "a member more": (object) => ({ ...object, spec: { ...(object["spec"] as object), resolution: "NONE", foo: 1 } }),
    "a mark taken": (object) =>
      ({ ...object, metadata: { ...object.metadata, annotations: { mine: "x" } } }) as KrmObject,
  })) {
    test(`an edited object is put right: ${what}`, async () => {
      const world = await shop();
      const mesh = await start(world);
      const before = world.cluster("us").find("ServiceEntry", entry)!;
      await world.cluster("us").edit("ServiceEntry", entry, change);
      await world.settled(mesh);
      const now = world.cluster("us").find("ServiceEntry", entry)!;
      assert.deepEqual(now["spec"], before["spec"]);
      assert.deepEqual(
        { ...now.metadata.annotations, mine: undefined },
        { ...before.metadata.annotations, mine: undefined },
      );
    });
  }

  test("labels and annotations of others stay, and cause no write", async () => {
    const world = await shop();
    const mesh = await start(world);
    const before = world.writes().length;
    await world.cluster("us").edit("ServiceEntry", entry, (object) => {
      object.metadata.labels = { ...object.metadata.labels, team: "x" };
      return object;
    });
    await world.settled(mesh);
    assert.equal(world.writes().length, before + 1, "the edit itself");
    await putAll(world.cluster("us"), service("orders", "us-shop"));
    await world.settled(mesh);
    assert.equal(get(world.cluster("us").find("ServiceEntry", entry)!.metadata.labels, "team"), "x");
  });

  test("somebody who keeps changing an object is not followed for ever, and it is said", async () => {
    const world = await shop();
    const mesh = await start(world);
    let edits = 0;
    world.cluster("us").before = async ({ verb, object }) => {
      if (verb !== "apply" || object?.metadata.name !== entry) return;
      edits++;
      setImmediate(() => {
        const change = (found: KrmObject): KrmObject => ({
          ...found,
          spec: { ...(found["spec"] as object), hosts: [`x${edits}.global`] },
        });
        void world.cluster("us").edit("ServiceEntry", entry, change);
      });
    };
    await world.cluster("us").edit("ServiceEntry", entry, (found) => ({ ...found, spec: { hosts: ["x.global"] } }));
    await world.pass(120_000);
    assert.ok(edits > 5 && edits < 30, `${edits} writes in two minutes`);
    assert.ok(mesh.findings().some(({ code }) => code === "FL847"));
  });
});

describe("what no longer follows goes", () => {
  test("of a service that runs no more", async () => {
    const world = await shop();
    const mesh = await start(world);
    await world.cluster("eu").remove("Deployment", "orders", "shop");
    await world.settled(mesh);
    for (const name of ["eu", "us"]) {
      assert.deepEqual(
        world
          .cluster(name)
          .written()
          .filter((one) => one.includes("orders")),
        [],
        name,
      );
    }
  });

  test("of a Dependency that is deleted, where nobody is called without one", async () => {
    const settings = { ...defaultSettings, scope: { ...defaultSettings.scope, withoutDependency: "nowhere" as const } };
    const world = await shop({ settings });
    const mesh = await start(world);
    assert.notEqual(endpointsOf(world.cluster("us"), "prd.orders.global"), undefined);
    await world.home.remove("Dependency", "cart");
    await world.settled(mesh);
    assert.equal(endpointsOf(world.cluster("us"), "prd.orders.global"), undefined);
    assert.deepEqual(endpointsOf(world.cluster("eu"), "prd.orders.global"), local);
  });

  test("its deletion names the version that was looked at", async () => {
    const world = await shop();
    const mesh = await start(world);
    const { client } = world.cluster("eu");
    const conditions: unknown[] = [];
    const remove = client.store.remove.bind(client.store);
    client.store.remove = (resource, key, preconditions) => {
      if (resource.kind === "ServiceEntry") conditions.push(preconditions);
      return remove(resource, key, preconditions);
    };
    const { uid, resourceVersion } = world.cluster("eu").find("ServiceEntry", entry)!.metadata;
    await world.cluster("eu").remove("Deployment", "orders", "shop");
    await world.settled(mesh);
    assert.deepEqual(conditions, [{ uid, resourceVersion }]);
  });
});

describe("objects of others", () => {
  test("one that has a name of ours stays as it is; the rest is written, and its policy says so", async () => {
    const world = await shop();
    const theirs: KrmObject = {
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: { name: entry, namespace: "fairlead-mesh" },
      spec: { hosts: ["theirs.example"] },
    };
    await world.cluster("us").put(theirs);
    const mesh = await start(world);
    assert.deepEqual(hosts(world.cluster("us").find("ServiceEntry", entry)), ["theirs.example"]);
    assert.deepEqual(endpointsOf(world.cluster("eu"), "prd.orders.global"), local);
    assert.deepEqual(
      mesh.findings().flatMap(({ code, object }) => (code.startsWith("FL84") ? [`${code} ${object?.name}`] : [])),
      [`FL845 ${entry}`],
    );
    const before = world.writes().length;
    await world.pass(900_000);
    assert.equal(world.writes().length, before, "and it is not tried again and again");
    await world.cluster("us").remove("ServiceEntry", entry);
    await world.settled(mesh);
    assert.deepEqual(endpointsOf(world.cluster("us"), "prd.orders.global"), ["lb-eu.example."]);
    assert.deepEqual(
      mesh.findings().filter(({ code }) => code === "FL845"),
      [],
    );
  });

  const rules = (name: string, world: FakeMesh): string[] =>
    world
      .cluster(name)
      .written()
      .filter((one) => one.startsWith("DestinationRule ") && one.includes("prd.orders.global-"));
  const theirEntry: KrmObject = {
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { name: entry, namespace: "fairlead-mesh" },
    spec: { hosts: ["prd.orders.global", "theirs.example"] },
  };

  test("an entry that is somebody else's gets no rule of ours, neither for callers nor for a gateway", async () => {
    const world = await shop();
    await putAll(world.cluster("us"), service("orders", "us-shop"));
    await world.cluster("us").put(theirEntry);
    const mesh = await start(world);
    assert.deepEqual(rules("us", world), []);
    const both = [
      "DestinationRule fairlead-mesh/prd.orders.global-default-dr",
      "DestinationRule istio-system/prd.orders.global-gateway-dr",
    ];
    assert.deepEqual(rules("eu", world), both, "elsewhere the name is ours");
    await world.cluster("us").remove("ServiceEntry", entry);
    await world.settled(mesh);
    assert.deepEqual(rules("us", world), both);
  });

  test("rules that were written before somebody took the name of their entry go", async () => {
    const world = await shop();
    let isDone = false;
    world.cluster("us").before = async ({ verb, object }) => {
      if (isDone || verb !== "apply" || object?.metadata.name !== entry) return;
      isDone = true;
      assert.equal(rules("us", world).length, 1, "they are written first");
      const { client } = world.cluster("us");
      client.store.create(client.resource("ServiceEntry"), theirEntry, { manager: "someone" });
    };
    await start(world);
    await world.pass(3_000);
    assert.equal(isDone, true);
    assert.deepEqual(rules("us", world), []);
    const before = world.writes().length;
    await world.pass(900_000);
    assert.equal(world.writes().length, before, "and that is the end of it");
  });

  test("one that comes between the look and the write is not taken", async () => {
    const world = await shop();
    let isDone = false;
    world.cluster("us").before = async ({ verb, object }) => {
      if (isDone || verb !== "apply" || object?.metadata.name !== entry) return;
      isDone = true;
      const { client } = world.cluster("us");
      const metadata = { name: entry, namespace: "fairlead-mesh" };
      const theirs = {
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata,
        spec: { hosts: ["theirs.example"] },
      };
      client.store.create(client.resource("ServiceEntry"), theirs, { manager: "someone" });
    };
    await start(world);
    assert.deepEqual(hosts(world.cluster("us").find("ServiceEntry", entry)), ["theirs.example"]);
  });

  test("an object that the server refuses holds no other up", async () => {
    const world = await shop();
    world.cluster("us").before = ({ verb, object }) => {
      if (verb === "apply" && object?.kind === "DestinationRule") throw new KubeError("invalid", "no such mode");
    };
    const mesh = await start(world);
    assert.deepEqual(endpointsOf(world.cluster("us"), "prd.orders.global"), ["lb-eu.example."]);
    assert.ok(mesh.findings().some(({ code, message }) => code === "FL846" && message.includes("no such mode")));
  });
});
