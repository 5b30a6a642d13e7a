/** Clusters, namespaces and kubeconfigs that mean harm: they hurt themselves at most. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "@fairlead/kube";
import type { Mesh } from "../../../src/run/mesh/mesh.ts";
import {
  admiral,
  endpointsOf,
  putAll,
  service,
  shop,
  syncNamespace,
  type FakeMesh,
  type FakeMeshCluster,
} from "../fake-mesh.ts";

const running: Mesh[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((mesh) => mesh.stop()));
});

async function start(world: FakeMesh): Promise<Mesh> {
  const mesh = world.start();
  running.push(mesh);
  await world.settled(mesh);
  return mesh;
}

const host = "prd.orders.global";
const names = ["eu", "us", "ap"];
const local = (namespace: string): string => `orders.${namespace}.svc.cluster.local`;

/** orders in eu; us means harm; ap calls. */
async function three(): Promise<FakeMesh> {
  const world = await shop({}, names);
  await putAll(world.cluster("ap"), service("cart", "front"));
  return world;
}

function marked(namespace: string, identity: string, spec: JsonObject, kind = "ServiceEntry"): KrmObject {
  return {
    apiVersion: "networking.istio.io/v1",
    kind,
    metadata: {
      name: `prd.${identity}.global-${kind === "ServiceEntry" ? "se" : "default-dr"}`,
      namespace,
      labels: { "app.kubernetes.io/managed-by": "fairlead" },
      annotations: { "fairlead.dev/owner": `Identity//${identity}`, identity },
    },
    spec,
  };
}

const evil = (cluster: string): JsonObject => ({
  hosts: [host],
  addresses: ["240.0.66.66"],
  ports: [{ number: 80, name: "http", protocol: "HTTP" }],
  endpoints: [
    { address: "evil.example", ports: { http: 80 }, labels: { "topology.istio.io/cluster": cluster }, locality: "x" },
  ],
});

/** What the clusters that mean no harm have of a host. */
function rest(world: FakeMesh): string {
  return JSON.stringify(
    ["eu", "ap"].map((name) =>
      ["se", "default-dr"].map((ending) => {
        const kind = ending === "se" ? "ServiceEntry" : "DestinationRule";
        return world.cluster(name).find(kind, `${host}-${ending}`)?.["spec"];
      }),
    ),
  );
}

describe("objects with forged marks", () => {
  test("in a namespace of somebody's own send nobody's requests elsewhere, even while a cluster is unread", async () => {
    const world = await three();
    await (await start(world)).stop();
    const before = rest(world);
    world.cluster("eu").cut();
    for (const name of ["us", "ap"]) await world.cluster(name).put(marked("mine", "orders", evil("eu")));
    const mesh = await start(world);
    assert.equal(mesh.clusters().find(({ name }) => name === "eu")?.view, "unread");
    assert.deepEqual(endpointsOf(world.cluster("ap"), host), ["lb-eu.example."]);
    world.cluster("eu").mend();
    await world.pass(40_000);
    await world.settled(mesh);
    assert.equal(rest(world), before);
  });

  test("give nobody another address, though the store is lost", async () => {
    const world = await three();
    await (await start(world)).stop();
    const before = rest(world);
    const { client } = world.home;
    for (const { metadata } of client.store.list(client.resource("ConfigMap"))) {
      await world.home.remove("ConfigMap", metadata.name!, metadata.namespace);
    }
    await world.cluster("ap").put(marked("mine", "orders", evil("eu")));
    const mesh = await start(world);
    await world.settled(mesh);
    assert.equal(rest(world), before);
  });

  test("of a cluster that means harm change nothing in the others", async () => {
    const world = await three();
    const mesh = await start(world);
    const before = rest(world);
    const writes = (): string[] => world.writes().filter((write) => !write.startsWith("us: "));
    const count = writes().length;
    const us = world.cluster("us");
    await us.edit("ServiceEntry", `${host}-se`, (object) => ({ ...object, spec: evil("eu") }));
    await us.put(marked(syncNamespace, "nobody", evil("ap")));
    await us.put(marked(syncNamespace, "cart", { host: "prd.cart.global" }, "DestinationRule"));
    await us.put(marked("mine", "orders", evil("ap")));
    await world.settled(mesh);
    await world.pass(30_000);
    assert.equal(rest(world), before);
    assert.deepEqual(writes().slice(count), []);
  });

  test("delete nothing of others in their cluster: only what bears the mark goes", async () => {
    const world = await three();
    const us = world.cluster("us");
    const theirs = marked(syncNamespace, "theirs", { hosts: ["theirs.example"] });
    theirs.metadata = {
      name: "theirs",
      namespace: syncNamespace,
      annotations: { "fairlead.dev/owner": "Identity//orders" },
    };
    const copied: KrmObject = { ...marked("mine", "orders", { hosts: ["own.example"] }) };
    copied.metadata = { name: "own", namespace: "mine", labels: { "app.kubernetes.io/managed-by": "Helm" } };
    await us.put(theirs);
    await us.put(copied);
    const mesh = await start(world);
    await world.settled(mesh);
    assert.notEqual(us.find("ServiceEntry", "theirs"), undefined, "an annotation alone is no mark");
    assert.notEqual(us.find("ServiceEntry", "own", "mine"), undefined);
  });
});

/** Asserts that the others are written although something is wrong with us. */
async function othersGoOn(world: FakeMesh): Promise<void> {
  await putAll(world.cluster("eu"), service("basket", "shop"));
  const at = world.clock.now();
  await world.until("others are written", () => endpointsOf(world.cluster("ap"), "prd.basket.global") !== undefined);
  assert.ok(world.clock.now() - at < 15_000, `${world.clock.now() - at} ms`);
}

describe("a cluster that means harm", () => {
  const huge = "x".repeat(200_000);
  const objects: { readonly [what: string]: readonly KrmObject[] } = {
    "thousands of labels": service("orders", "flood").map((object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        labels: Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`l${at}.example/x`, "y"])),
      },
    })),
    "values without end": service("orders", "flood").map((object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { huge } },
    })),
    "thousands of ports": [
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "many", namespace: "flood" },
        spec: {
          selector: { app: "orders" },
          ports: Array.from({ length: 20_000 }, (_, at) => ({ name: `p${at}`, port: at + 1, protocol: "TCP" })),
        },
      },
    ],
    "wrong types": [
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a", namespace: "x" }, spec: 5 },
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "b", namespace: "x" }, spec: { template: [] } },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "c", namespace: "x" },
        spec: { ports: "none", selector: 1 },
      },
      {
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata: {
          name: `${host}-se`,
          namespace: syncNamespace,
          labels: { "app.kubernetes.io/managed-by": "fairlead" },
        },
        spec: { hosts: { __proto__: null, "0": 1 }, endpoints: "all" },
      },
      admiral("GlobalTrafficPolicy", "p", "shop", { policy: "no" }, { identity: "orders" }),
    ] as unknown as KrmObject[],
  };

  for (const [what, list] of Object.entries(objects)) {
    test(`with ${what} changes nothing for others`, async () => {
      const world = await three();
      const { client } = world.cluster("us");
      for (const object of list) await client.create(client.resource(object.kind), object);
      const mesh = await start(world);
      await othersGoOn(world);
      await world.settled(mesh);
      const endpoints = endpointsOf(world.cluster("eu"), host)!;
      assert.ok(endpoints.includes(local("shop")), endpoints.join());
      const text = JSON.stringify(["eu", "ap"].flatMap((name) => entries(world.cluster(name))));
      assert.ok(!text.includes(huge) && text.length < 50_000, `${text.length} characters`);
      assert.deepEqual(
        world.lines.filter(({ level }) => level === "error"),
        [],
      );
    });
  }

  test("with a certificate of somebody else is one that does not answer", async () => {
    const world = await three();
    world.cluster("us").before = () => {
      throw new KubeError("connection", "unable to verify the first certificate");
    };
    const mesh = await start(world);
    const us = mesh.clusters().find(({ name }) => name === "us");
    assert.equal(us?.view, "unread");
    assert.match(us?.problem ?? "", /certificate/);
    await othersGoOn(world);
  });

  test("that answers slowly holds nobody up", async () => {
    const world = await three();
    const mesh = await start(world);
    world.cluster("us").before = () => new Promise((resolve) => void world.clock.after(20_000, resolve));
    await othersGoOn(world);
    assert.ok(mesh.isStarted());
  });
});

function entries(cluster: FakeMeshCluster): KrmObject[] {
  return cluster.client.store.list(cluster.client.resource("ServiceEntry"));
}

test("a kubeconfig that runs a program is refused, and the other clusters go on", async () => {
  const world = await three();
  const config = {
    "current-context": "x",
    contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
    clusters: [{ name: "x", cluster: { server: "https://us.invalid" } }],
    users: [
      {
        name: "x",
        user: { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/sh", args: ["-c", "id"] } },
      },
    ],
  };
  await world.home.put({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "cluster-us", namespace: syncNamespace, labels: { "admiral/sync": "true" } },
    data: { us: Buffer.from(JSON.stringify(config)).toString("base64") },
  });
  const mesh = await start(world);
  assert.ok(mesh.findings().some(({ code, message }) => code === "FL842" && message.includes("us")));
  assert.equal(
    world.cluster("us").client.requests.some(({ verb }) => verb === "list"),
    false,
  );
  await othersGoOn(world);
});

test("a cluster that is removed while it is being read leaves nothing behind", async () => {
  const world = await three();
  const { promise, resolve } = Promise.withResolvers<void>();
  world.cluster("eu").before = ({ verb, resource }) =>
    verb === "list" && resource.kind === "Service" ? promise : undefined;
  const mesh = world.start();
  running.push(mesh);
  await world.pass(2_000);
  await world.unregister("eu");
  await world.pass(20);
  resolve();
  await world.settled(mesh);
  await world.pass(20_000);
  assert.deepEqual(
    mesh.fleet().clusters.map(({ name }) => name),
    ["", "ap", "us"],
  );
  assert.equal(endpointsOf(world.cluster("ap"), host), undefined);
});

test("many clusters that get one object are nobody who keeps changing it", async () => {
  const many = Array.from({ length: 14 }, (_, at) => `c${at}`);
  const world = await shop({}, ["eu", "us", ...many]);
  for (const name of many) await putAll(world.cluster(name), service("cart", "front"));
  const mesh = await start(world);
  for (const name of many) assert.deepEqual(endpointsOf(world.cluster(name), host), ["lb-eu.example."], name);
  assert.deepEqual(
    mesh.findings().filter(({ code }) => code === "FL847"),
    [],
  );
});

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
    await (await running[0]!.stop(), start(world));
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
