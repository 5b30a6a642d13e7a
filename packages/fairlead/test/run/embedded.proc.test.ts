/** The workloads controller on embedded clusters with controllers and nodes, end to end. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { createInformers, systemClock, type Client, type Resource } from "@fairlead/kube";
import { startManager, type Manager } from "../../src/run/manager.ts";
import { workloadsController } from "../../src/run/workloads/controller.ts";
import { clientOf, resource, startEmbedded, until, type Embedded } from "../support/embedded.ts";
import { memoryLog } from "./memory-log.ts";

const apps = resource("fairlead.dev", "v1alpha1", "App", "apps");
const deployments = resource("apps", "v1", "Deployment", "deployments");
const sets = resource("apps", "v1", "ReplicaSet", "replicasets");
const services = resource("", "v1", "Service", "services");
const budgets = resource("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets");
const accounts = resource("", "v1", "ServiceAccount", "serviceaccounts");
const pods = resource("", "v1", "Pod", "pods");
const children = [deployments, services, budgets, accounts];
const namespace = "default";

function app(name: string, spec: JsonObject = {}, image = "registry.example/x:1"): KrmObject {
  const containers = [{ name, image, http: { port: 8080 }, resources: "unlimited" }];
  const metadata = { name, namespace };
  return { apiVersion: "fairlead.dev/v1alpha1", kind: "App", metadata, spec: { containers, replicas: 2, ...spec } };
}

const declare = (client: Client, object: KrmObject): Promise<KrmObject> =>
  client.apply(apps, object, { fieldManager: "test", force: true });
const find = (client: Client, kind: Resource, name: string): Promise<KrmObject | undefined> =>
  client.find(kind, { namespace, name });

function untilReady(client: Client, name: string): Promise<unknown> {
  return until(`App ${name} to be ready`, async () => {
    const found = await find(client, apps, name);
    const conditions = get(found?.["status"], "conditions");
    const ready = Array.isArray(conditions) && conditions.find((one) => get(one, "type") === "Ready");
    return (
      typeof ready === "object" &&
      get(ready, "status") === "True" &&
      get(ready, "observedGeneration") === found!.metadata["generation"]
    );
  });
}

/** What belongs to an App that is left, as text. */
async function leftOf(client: Client, name: string): Promise<string[]> {
  const lists = await Promise.all(
    [apps, sets, pods, ...children].map(async (kind) => {
      const { items } = await client.list(kind, { namespace });
      return items.map((one) => `${kind.kind} ${one.metadata.name}`);
    }),
  );
  return lists.flat().filter((text) => text.includes(` ${name}`));
}

describe("the workloads controller on two clusters", () => {
  let embedded: Embedded;
  let manager: Manager;
  const { log, lines } = memoryLog();
  /** Whether the second API server is down for the controller and everybody else. */
  let isDown = false;

  before(async () => {
    embedded = await startEmbedded({ one: {}, two: { faults: { connection: () => (isDown ? "drop" : undefined) } } });
    manager = await startManager({
      clusters: ["one", "two"].map((name) => {
        const client = clientOf(embedded.member(name).cluster);
        return { name, client, informers: createInformers(client, { clock: systemClock }) };
      }),
      controllers: [workloadsController()],
      clock: systemClock,
      random: Math.random,
      log,
      instance: "test",
    });
    await until("both views", () => manager.synced("one") && manager.synced("two"));
  });
  after(async () => {
    await manager.stop();
    await embedded.stop();
  });

  test("brings an App from its declaration to Ready, through a rollout, and to nothing", async () => {
    const { client } = embedded.member("one");
    await declare(client, app("orders"));
    await untilReady(client, "orders");
    for (const kind of children) assert.notEqual(await find(client, kind, "orders"), undefined, kind.kind);
    const list = await client.list(pods, { namespace, labelSelector: "app.kubernetes.io/name=orders" });
    assert.equal(list.items.filter((pod) => get(pod["status"], "phase") === "Running").length, 2);

    await declare(client, app("orders", {}, "registry.example/x:2"));
    await untilReady(client, "orders");
    const images = await until("only new pods", async () => {
      const { items } = await client.list(pods, { namespace });
      const own = items.filter(({ metadata }) => metadata.name!.startsWith("orders-"));
      const seen = own.map((pod) => get((get(pod["spec"], "containers") as JsonObject[])[0], "image"));
      return seen.length === 2 && seen.every((image) => image === "registry.example/x:2") && seen;
    });
    assert.equal(images.length, 2);
    assert.equal((await client.list(sets, { namespace })).items.length, 2, "the old ReplicaSet is kept for an undo");

    await client.delete(services, { namespace, name: "orders" });
    await until("the Service is put back", () => find(client, services, "orders"));

    await client.delete(apps, { namespace, name: "orders" });
    await until("nothing is left", async () => (await leftOf(client, "orders")).length === 0);
  });

  test("goes on in one cluster while the other is down, and catches up there", async () => {
    const [one, two] = [embedded.member("one"), embedded.member("two")];
    for (const { client } of [one, two]) {
      await declare(client, app("both"));
      await untilReady(client, "both");
    }
    // Changed in both, so that the budget goes; but the controller cannot see it in the second.
    const { api } = two.cluster;
    const key = { namespace, name: "both" };
    isDown = true;
    two.cluster.disconnect();
    await api.patch("apps.fairlead.dev", key, { spec: { replicas: 1 } });
    await declare(one.client, app("both", { replicas: 1 }));
    await until(
      "the budget has gone in the first",
      async () => (await find(one.client, budgets, "both")) === undefined,
    );
    await untilReady(one.client, "both");
    assert.notEqual(api.get("poddisruptionbudgets.policy", key), undefined, "nobody deletes it in the second");
    isDown = false;
    await until("it has gone in the second", async () => (await find(two.client, budgets, "both")) === undefined);
    await untilReady(two.client, "both");
  });

  test("logs no error of its own", () => {
    assert.deepEqual(
      lines.filter(({ level }) => level === "error"),
      [],
    );
  });
});

test("goes on where a controller that was killed has ended", async () => {
  const embedded = await startEmbedded({ only: {} });
  const { cluster, client } = embedded.member("only");
  const file = path.join(embedded.folder, "ca.pem");
  writeFileSync(file, cluster.certificate);
  const script = path.join(import.meta.dirname, "controller-child.ts");
  const start = (): ChildProcess =>
    spawn(process.execPath, ["--conditions=@fairlead/source", script, cluster.url, cluster.token, file], {
      stdio: ["ignore", "inherit", "inherit"],
    });
  async function kill(child: ChildProcess): Promise<void> {
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }
  let child = start();
  try {
    for (const name of ["a", "b", "c"]) await declare(client, app(name));
    // In the middle of what it does: some of it is there.
    await until(
      "the first of what it makes",
      async () => (await client.list(services, { namespace })).items.length > 1,
    );
    await kill(child);
    child = start();
    for (const name of ["a", "b", "c"]) await untilReady(client, name);
    await client.delete(apps, { namespace, name: "a" });
    await until("the deletion has begun", async () => (await find(client, services, "a")) === undefined);
    await kill(child);
    child = start();
    await until("nothing is left of it", async () => (await leftOf(client, "a")).length === 0);
    for (const name of ["b", "c"]) await untilReady(client, name);
    assert.deepEqual((await leftOf(client, "b")).filter((text) => !/^(Pod|ReplicaSet) /.test(text)).sort(), [
      "App b",
      "Deployment b",
      "PodDisruptionBudget b",
      "Service b",
      "ServiceAccount b",
    ]);
  } finally {
    await kill(child);
    await embedded.stop();
  }
});
