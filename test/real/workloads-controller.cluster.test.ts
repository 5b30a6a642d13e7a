/** The workloads controller against a cluster with controllers and nodes: what users see of it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import {
  accessOf,
  createClient,
  createInformers,
  isKubeError,
  judgeEstablished,
  systemClock,
  type Resource,
} from "@fairlead/kube";
import { crdOf } from "../../packages/fairlead/src/schema/crd.ts";
import { kindNames, loadKind } from "../../packages/fairlead/src/kinds/load.ts";
import { startManager, type Manager } from "../../packages/fairlead/src/run/manager.ts";
import { workloadsController } from "../../packages/fairlead/src/run/workloads/controller.ts";
import { memoryLog } from "../../packages/fairlead/test/run/memory-log.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { until } from "../../scripts/real/until.ts";
import { formatWrite, writesDuring } from "../../scripts/real/writes.ts";

const { plane, programs } = readAccess();
const userAgent = `workloads-controller-test/${process.pid}`;
const access = accessOf({ name: "real", server: plane.url, ca: plane.certificate, token: plane.token });
const client = createClient(access, { userAgent });
const run = promisify(execFile);
const namespace = `workloads-${process.pid}`;

const resource = (group: string, version: string, kind: string, plural: string, namespaced = true): Resource => ({
  group,
  version,
  kind,
  plural,
  namespaced,
});
const namespaces = resource("", "v1", "Namespace", "namespaces", false);
const crds = resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false);
const apps = resource("fairlead.dev", "v1alpha1", "App", "apps");
const deployments = resource("apps", "v1", "Deployment", "deployments");
const services = resource("", "v1", "Service", "services");
const budgets = resource("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets");
const accounts = resource("", "v1", "ServiceAccount", "serviceaccounts");
/** What an App becomes. */
const made = [deployments, services, accounts, budgets];
const pods = resource("", "v1", "Pod", "pods");
const events = resource("events.k8s.io", "v1", "Event", "events");

const { log, lines } = memoryLog();
let manager: Manager;

function app(name: string, spec: JsonObject = {}, image = "registry.example/x:1"): KrmObject {
  const containers = [{ name, image, http: { port: 8080 }, resources: "unlimited" }];
  const metadata = { name, namespace };
  return { apiVersion: "fairlead.dev/v1alpha1", kind: "App", metadata, spec: { containers, replicas: 1, ...spec } };
}

async function kubectl(...parameters: readonly string[]): Promise<string> {
  const all = ["--kubeconfig", plane.kubeconfig, "--namespace", namespace, ...parameters];
  return (await run(programs.kubectl, all)).stdout;
}

async function kubectlApply(object: KrmObject): Promise<void> {
  const file = path.join(plane.folder, `${namespace}-${object.metadata.name}.json`);
  writeFileSync(file, JSON.stringify(object));
  await kubectl("apply", "-f", file);
}

const find = (kind: Resource, name: string) => client.find(kind, { namespace, name });

async function condition(name: string, type: string): Promise<JsonObject | undefined> {
  const conditions = get((await find(apps, name))?.["status"], "conditions");
  return (Array.isArray(conditions) ? conditions : []).find((one) => get(one, "type") === type) as
    | JsonObject
    | undefined;
}

async function isReady(name: string): Promise<boolean> {
  const found = await find(apps, name);
  const ready = await condition(name, "Ready");
  return ready?.["status"] === "True" && ready["observedGeneration"] === found?.metadata["generation"];
}

/** Waits until it is so, and says what the App says if it does not become so. */
async function untilReady(name: string): Promise<void> {
  await until(`App ${name} to be ready`, () => isReady(name)).catch(async (error: unknown) => {
    throw new Error(`${JSON.stringify(await condition(name, "Ready"))}\n${JSON.stringify(lines.slice(-5))}`, {
      cause: error,
    });
  });
}

/** What the controller wrote meanwhile, as text. */
async function writesBy(work: () => Promise<void>): Promise<string[]> {
  const writes = await writesDuring(plane, work, { userAgent: new RegExp(`^${userAgent}$`) });
  return writes.map(formatWrite);
}

before(async () => {
  for (const name of kindNames) {
    await client.apply(crds, crdOf(await loadKind(name)), { fieldManager: "test", force: true });
  }
  await until("the kinds", async () => {
    const list = await client.list(crds);
    const ours = list.items.filter(({ metadata }) => metadata.name?.endsWith(".fairlead.dev") === true);
    return ours.length === kindNames.length && ours.every((one) => judgeEstablished(one, false).kind === "done");
  });
  client.discovery.invalidate();
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const own = createClient(access, { userAgent });
  manager = await startManager({
    clusters: [{ name: "real", client: own, informers: createInformers(own, { clock: systemClock }) }],
    controllers: [workloadsController()],
    clock: systemClock,
    random: Math.random,
    log,
    instance: "test",
    health: { host: "127.0.0.1", port: 0 },
  });
  await until("the view", () => manager.synced("real"));
});

after(async () => {
  await manager.stop();
  await client.delete(namespaces, { name: namespace }).catch(() => undefined);
  await client.close();
});

describe("an App that kubectl applies", () => {
  test("becomes a Deployment and what belongs to it, and is ready when they are", async () => {
    await kubectlApply(app("orders", { replicas: 2 }));
    await untilReady("orders");
    for (const kind of made) {
      assert.ok((await find(kind, "orders")) !== undefined, kind.kind);
    }
    assert.match(await kubectl("rollout", "status", "deployment/orders", "--timeout=10s"), /successfully rolled out/);
    assert.match(await kubectl("wait", "app/orders", "--for=condition=Ready", "--timeout=10s"), /condition met/);
    // Its declaration names no workload: the column shows what it became.
    assert.match(await kubectl("get", "app", "orders"), /^NAME +WORKLOAD .*\norders +Deployment /);
    const list = await client.list(events, { namespace });
    assert.ok(list.items.some((event) => event["reason"] === "Ready" && get(event["regarding"], "name") === "orders"));
  });

  test("that does not change is not written to when another one comes", async () => {
    // It is ready since the test before, and nothing of it rolls: its status has nothing more to say.
    const others = await writesBy(async () => {
      await kubectlApply(app("quiet"));
      await untilReady("quiet");
    });
    assert.deepEqual(
      others.filter((text) => text.includes("orders")),
      [],
    );
    const labelled = await writesBy(async () => {
      await kubectl("label", "app/orders", "note=a");
      // On all of them: nothing of it is left to be written when the next test counts.
      for (const kind of made) {
        await until(`the label of the ${kind.kind}`, async () => {
          return (await find(kind, "orders"))?.metadata.labels?.["note"] === "a";
        });
      }
    });
    assert.ok(
      labelled.some((text) => text.includes("orders")),
      "a label goes onto what is made",
    );
  });

  test("whose image changes is one write to its Deployment", async () => {
    const writes = await writesBy(async () => {
      await kubectlApply(app("orders", { replicas: 2 }, "registry.example/x:2"));
      await until("the image", async () => JSON.stringify(await find(deployments, "orders")).includes("x:2"));
      await untilReady("orders");
    });
    const own = writes.filter((text) => !text.includes("apps/status"));
    assert.equal(own.length, 1, writes.join("\n"));
  });

  test("puts back what somebody changed or deleted", async () => {
    await kubectl("scale", "deployment/orders", "--replicas=5");
    await until("the replicas", async () => get((await find(deployments, "orders"))?.["spec"], "replicas") === 2);
    await kubectl("delete", "service/orders");
    await until("the Service", async () => find(services, "orders"));
    await kubectl("label", "deployment/orders", "applyset.kubernetes.io/part-of-");
    await until(
      "the label",
      async () =>
        (await find(deployments, "orders"))?.metadata.labels?.["applyset.kubernetes.io/part-of"] !== undefined,
    );
  });

  test("loses what it no longer makes", async () => {
    await kubectlApply(app("orders", { replicas: 1 }, "registry.example/x:2"));
    await until("the deletion", async () => (await find(budgets, "orders")) === undefined);
    await untilReady("orders");
  });

  test("that is wrong is stalled, and says why", async () => {
    await kubectlApply(app("wrong", { extends: "nobody" }));
    const stalled = await until("Stalled", () => condition("wrong", "Stalled"));
    assert.match(String(stalled["message"]), /^FL110: there is no App "nobody"/);
    assert.equal(await find(deployments, "wrong"), undefined);
    await kubectlApply(app("nobody", { abstract: true }));
    await untilReady("wrong");
  });

  test("leaves nothing when it is deleted", async () => {
    for (const name of ["orders", "quiet", "wrong", "nobody"]) await kubectl("delete", "app", name, "--wait=true");
    await until("nothing", async () => {
      const lists = await Promise.all([...made, pods].map((kind) => client.list(kind, { namespace })));
      const left = lists.flatMap(({ items }) => items).filter(({ metadata }) => metadata.name !== "default");
      return left.length === 0;
    });
  });

  test("is not made anew by a write that was meant for a deleted one", async () => {
    const gone = app("gone");
    const meant = { ...gone, metadata: { ...gone.metadata, uid: "00000000-0000-4000-8000-000000000000" } };
    const refused = await client
      .apply(apps, meant, { fieldManager: "test", force: true })
      .catch((error: unknown) => error);
    assert.ok(isKubeError(refused, "conflict"), String(refused));
  });

  test("logged no error, and no line without its cluster", () => {
    const errors = lines.filter(({ level }) => level === "error");
    assert.deepEqual(errors, []);
    const without = lines.filter((line) => line.message === "applied" && line["reconcileId"] === undefined);
    assert.deepEqual(without, []);
  });
});
