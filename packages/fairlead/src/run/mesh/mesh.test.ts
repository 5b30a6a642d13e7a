import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { get } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "@fairlead/kube";
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
import type { Mesh, MeshOptions } from "./mesh.ts";

const running: Mesh[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((mesh) => mesh.stop()));
});

async function start(world: FakeMesh, options: Partial<MeshOptions> = {}): Promise<Mesh> {
  const mesh = world.start(options);
  running.push(mesh);
  await world.settled(mesh);
  return mesh;
}

const entry = "prd.orders.global-se";
const local = ["orders.shop.svc.cluster.local"];
const hosts = (object: KrmObject | undefined): unknown => get(object?.["spec"], "hosts");

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
  const before = world.writes().length;
  await putAll(world.cluster("us"), service("orders", "us-shop"));
  await world.settled(mesh);
  assert.deepEqual(endpointsOf(world.cluster("eu"), "prd.orders.global"), ["lb-us.example.", ...local].toSorted());
  const changed = world.writes().slice(before);
  assert.ok(
    changed.every((write) => write.includes("orders")),
    changed.join("\n"),
  );
});

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
    const mesh = world.start();
    running.push(mesh);
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
    const meshes = [world.start({ partition: share(0)! }), world.start({ partition: share(1)! })];
    running.push(...meshes);
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
