/** Clusters, namespaces and kubeconfigs that mean harm: they hurt themselves at most. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "@fairlead/kube";
import {
  admiral,
  endpointsOf,
  putAll,
  registration,
  service,
  shop,
  syncNamespace,
  type FakeMesh,
  type FakeMeshCluster,
} from "../fake-mesh.ts";
import { startedMeshes } from "../started-meshes.ts";
import { host, local, rest, three } from "./three-clusters.ts";

const { begin, start } = startedMeshes();

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

  test("in a namespace that is not written to are nobody's: nothing is asked of the server for them", async () => {
    const world = await three();
    const ap = world.cluster("ap");
    await ap.put(marked("mine", "orders", evil("eu")));
    await ap.put(marked("mine", "nobody", { host: "prd.nobody.global" }, "DestinationRule"));
    await ap.put(marked("mine", "orders", { hosts: [host], http: [] }, "VirtualService"));
    const asked: string[] = [];
    ap.before = ({ verb, key }) => {
      if (key?.namespace === "mine" && verb !== "get") asked.push(`${verb} ${key.name}`);
    };
    const mesh = await start(world);
    await world.pass(60_000);
    await world.settled(mesh);
    assert.deepEqual(asked, []);
    assert.notEqual(ap.find("ServiceEntry", `${host}-se`, "mine"), undefined);
    assert.deepEqual(endpointsOf(ap, host), ["lb-eu.example."]);
    assert.deepEqual([...mesh.fleet().keys()], ["identity:cart", "identity:orders"]);
    const codes = mesh.findings().filter(({ severity }) => severity !== "info");
    assert.deepEqual(codes, [], "and nobody is bothered with it");
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
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/sh", args: ["-c", "id"] };
  await world.home.put(registration("us", { server: "https://us.invalid" }, { exec }));
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
  const mesh = begin(world);
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
