/** The controller of the mesh on embedded clusters over real sockets. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { createClient, judgeEstablished, systemClock, type Client, type Resource } from "@fairlead/kube";
import { defaultRegistry } from "../../src/plan/mesh/config/registry-settings.ts";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { startMesh, type Mesh } from "../../src/run/mesh/mesh.ts";
import { meshDefinitions } from "../mesh/definitions.ts";
import { clusterParts, dependency, registrationOf, service, syncNamespace } from "../mesh/fake-mesh.ts";
import { clientOf, resource, startEmbedded, until, type Embedded } from "../support/embedded.ts";
import { memoryLog } from "./memory-log.ts";

const entries = resource("networking.istio.io", "v1", "ServiceEntry", "serviceentries");
const rules = resource("networking.istio.io", "v1", "DestinationRule", "destinationrules");
const secrets = resource("", "v1", "Secret", "secrets");
const definitions = resource(
  "apiextensions.k8s.io",
  "v1",
  "CustomResourceDefinition",
  "customresourcedefinitions",
  false,
);

async function put(client: Client, { status, ...object }: KrmObject): Promise<void> {
  const kind = await client.discovery.resource(object as KrmObject);
  const answer = await client.apply(kind, object as KrmObject, { fieldManager: "test", force: true });
  if (status !== undefined) await client.update(kind, { ...answer, status } as KrmObject, { subresource: "status" });
}

async function prepare(client: Client, name: string, region: string): Promise<void> {
  for (const one of meshDefinitions()) await client.apply(definitions, one as KrmObject, { fieldManager: "test" });
  await until("the kinds", async () =>
    (await client.list(definitions)).items.every((one) => judgeEstablished(one, false).kind === "done"),
  );
  client.discovery.invalidate();
  for (const object of clusterParts(name, region)) await put(client, object);
  for (const namespace of ["shop", "front"]) {
    await put(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  }
}

async function register(home: Client, ...cluster: Parameters<typeof registrationOf>): Promise<void> {
  await home.apply(secrets, registrationOf(...cluster), { fieldManager: "test", force: true });
}

async function addressesOf(client: Client, host: string): Promise<unknown[] | undefined> {
  const found = await client.find(entries, { namespace: syncNamespace, name: `${host}-se` });
  const endpoints = get(found?.["spec"], "endpoints");
  return Array.isArray(endpoints) ? endpoints.map((one) => get(one, "address")) : undefined;
}

/** Writes of objects and of addresses, by their outcome. */
async function writesOf(mesh: Mesh): Promise<{ ok: number; other: number }> {
  const sums = { ok: 0, other: 0 };
  for (const { name, values } of await mesh.metrics.getMetricsAsJSON()) {
    if (name !== "fairlead_mesh_writes_total") continue;
    for (const { labels, value } of values)
      sums[(labels as { outcome?: string }).outcome === "ok" ? "ok" : "other"] += value;
  }
  return sums;
}

const host = "prd.orders.global";

describe("the controller of the mesh on embedded clusters", () => {
  let embedded: Embedded;
  let home: Client;
  const { log, lines } = memoryLog();
  const running: Mesh[] = [];
  /** How the third cluster treats those who ask. */
  let hangs = false;
  const objectsOf = (name: string): Promise<number> =>
    Promise.all(
      [entries, rules].map(
        async (kind: Resource) =>
          (await embedded.member(name).client.list(kind, { namespace: syncNamespace })).items.length,
      ),
    ).then(([a = 0, b = 0]) => a + b);

  const begin = (): Mesh => {
    const mesh = startMesh({
      home,
      settings: defaultSettings,
      registry: defaultRegistry,
      connect: (access, options) => createClient(access, { ...options, deadlineMs: 3_000 }),
      clock: systemClock,
      random: Math.random,
      log,
      instance: "test",
      startMs: 3_000,
    });
    running.push(mesh);
    return mesh;
  };
  const settled = (mesh: Mesh): Promise<unknown> => until("the mesh to rest", () => mesh.isStarted() && mesh.isIdle());
  const viewOf = (mesh: Mesh, name: string): string | undefined =>
    mesh.clusters().find((one) => one.name === name)?.view;

  before(async () => {
    const slow = { request: () => (hangs ? { delayMs: 60_000 } : undefined) };
    const plain = { controllers: false };
    embedded = await startEmbedded({ eu: plain, us: plain, slow: { ...plain, faults: slow } }, { crds: false });
    home = clientOf(embedded.member("eu").cluster);
    await prepare(embedded.member("eu").client, "eu", "eu-west-1");
    await prepare(embedded.member("us").client, "us", "us-east-1");
    await prepare(embedded.member("slow").client, "slow", "ap-south-1");
    for (const object of service("orders", "shop")) await put(embedded.member("eu").client, object);
    for (const object of service("cart", "front")) await put(embedded.member("us").client, object);
    await put(home, dependency("cart", "orders"));
    for (const name of ["eu", "us"]) await register(home, name, embedded.member(name).cluster);
  });
  after(async () => {
    hangs = false;
    await Promise.all(running.map((mesh) => mesh.stop()));
    await home.close();
    await embedded.stop();
  });

  test("writes what is needed once, then nothing, and logs no error", async () => {
    const mesh = begin();
    await settled(mesh);
    const [eu, us] = [embedded.member("eu").client, embedded.member("us").client];
    assert.deepEqual(await addressesOf(eu, host), ["orders.shop.svc.cluster.local"]);
    assert.deepEqual(await addressesOf(us, host), ["lb-eu.example."]);
    const { ok, other } = await writesOf(mesh);
    const stores = (await home.list(resource("", "v1", "ConfigMap", "configmaps"), { namespace: syncNamespace })).items
      .length;
    const statuses = 1;
    assert.equal(ok, (await objectsOf("eu")) + (await objectsOf("us")) + stores + statuses);
    assert.equal(other, 0);
    assert.deepEqual(
      lines.filter(({ level }) => level === "error" || level === "warn"),
      [],
    );
    await mesh.stop();

    const again = begin();
    await settled(again);
    assert.deepEqual(await writesOf(again), { ok: 0, other: 0 });
    await again.stop();
  });

  test("puts back what is deleted or edited as soon as it is seen", async (t) => {
    const mesh = begin();
    await settled(mesh);
    const { client } = embedded.member("us");
    const key = { namespace: syncNamespace, name: `${host}-se` };
    let at = performance.now();
    await client.delete(entries, key);
    await until("it is back", () => addressesOf(client, host));
    const deleted = performance.now() - at;
    const found = await client.get(entries, key);
    const spec = { ...(found["spec"] as JsonObject), endpoints: [{ address: "evil.example" }], resolution: "STATIC" };
    at = performance.now();
    await client.update(entries, { ...found, spec }, { fieldManager: "kubectl-edit" });
    await until("it is right", async () => String(await addressesOf(client, host)) === "lb-eu.example.");
    t.diagnostic(`after ${deleted.toFixed(0)} and ${(performance.now() - at).toFixed(0)} ms`);
    const now = await client.get(entries, key);
    assert.equal(isObject(now["spec"]) && now["spec"]["resolution"], "DNS");
    await mesh.stop();
  });

  test("is not held up by a cluster that hangs, or by one with a wrong certificate", async () => {
    hangs = true;
    await register(home, "slow", embedded.member("slow").cluster);
    await register(home, "wrong", {
      ...embedded.member("us").cluster,
      certificate: embedded.member("eu").cluster.certificate,
    });
    const mesh = begin();
    await until("the start", () => mesh.isStarted());
    assert.deepEqual([viewOf(mesh, "slow"), viewOf(mesh, "wrong")], ["unread", "unread"]);
    for (const object of service("basket", "shop")) await put(embedded.member("eu").client, object);
    await until("the new service", () => addressesOf(embedded.member("us").client, "prd.basket.global"));
    assert.ok(mesh.clusters().find(({ name }) => name === "wrong")!.problem !== undefined);

    hangs = false;
    await until("the one that hung", () => viewOf(mesh, "slow") === "current");
    await until("its objects", () => addressesOf(embedded.member("slow").client, "prd.basket.global"));
    await home.delete(secrets, { namespace: syncNamespace, name: "cluster-wrong" });
    await until("the removal", () => viewOf(mesh, "wrong") === undefined);
    await mesh.stop();
  });

  test("goes over to other credentials while it runs", async () => {
    const { cluster, client } = embedded.member("slow");
    await register(home, "slow", { ...cluster, token: "expired" });
    const mesh = begin();
    await until("the start", () => mesh.isStarted());
    assert.equal(viewOf(mesh, "slow"), "unread");
    assert.notEqual(await addressesOf(client, "prd.basket.global"), undefined, "what was written stays");
    await register(home, "slow", cluster);
    await until("it is read", () => viewOf(mesh, "slow") === "current");
    await settled(mesh);
    assert.ok(
      lines.every((line) => !JSON.stringify(line).includes(cluster.token)),
      "no line shows a credential",
    );
    await mesh.stop();
  });
});
