import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Resource } from "@fairlead/kube";
import { builtinResources } from "../../../../kube/test/apply-fixtures.ts";
import type { FakeClient } from "../../../../kube/test/fake-client.ts";
import { create, fakeCluster, memoryLog, pass, until, virtualClock } from "../../../test/run/fake-cluster.ts";
import { group, version } from "../../kinds/group.ts";
import { kindNames, loadKind } from "../../kinds/load.ts";
import { startManager, type Manager } from "../manager.ts";
import { workloadsController } from "./controller.ts";

const verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
let resources: readonly Resource[] = [];
before(async () => {
  const kinds = await Promise.all(kindNames.map(loadKind));
  const own = kinds.map(({ kind, plural }) => ({
    group,
    version,
    kind,
    plural,
    namespaced: true,
    verbs,
    subresources: ["status"],
  }));
  const others = [
    ["policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"],
    ["events.k8s.io", "v1", "Event", "events"],
    ["batch", "v1", "CronJob", "cronjobs"],
    ["pubsub.cnrm.cloud.google.com", "v1beta1", "PubSubTopic", "pubsubtopics"],
    ["iam.cnrm.cloud.google.com", "v1beta1", "IAMPolicyMember", "iampolicymembers"],
  ].map(([g = "", v = "", kind = "", plural = ""]) => ({
    group: g,
    version: v,
    kind,
    plural,
    namespaced: true,
    verbs,
  }));
  resources = [...builtinResources, ...others, ...own];
});

function app(name: string, spec: JsonObject = {}): KrmObject {
  const containers = [{ name, image: "registry.example/x:1", http: { port: 8080 }, resources: "unlimited" }];
  return {
    apiVersion: `${group}/${version}`,
    kind: "App",
    metadata: { name, namespace: "shop" },
    spec: { containers, replicas: 1, ...spec },
  };
}

const running: Manager[] = [];

async function world(objects: readonly KrmObject[]) {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const { client, connection, cut } = fakeCluster("one", clock, {
    resources,
    objects,
    now: () => new Date(clock.now()).toISOString(),
    after: ({ verb }) => {
      if (verb !== "get" && verb !== "list") run();
    },
  });
  const { log, lines } = memoryLog();
  const manager = await startManager({
    clusters: [connection],
    controllers: [workloadsController()],
    clock,
    random: () => 0,
    log,
    instance: "pod",
  });
  /** Plays the controllers of the workloads: whatever is asked for runs at once. */
  function run(): void {
    for (const found of client.store.list(client.resource("Deployment"))) {
      const replicas = (get(found["spec"], "replicas") ?? 1) as number;
      const observedGeneration = found.metadata["generation"] as number;
      if (get(found["status"], "observedGeneration") === observedGeneration) continue;
      const conditions = [
        { type: "Available", status: "True" },
        { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
      ];
      const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
      const status = { observedGeneration, ...counts, conditions };
      const context = { manager: "kube-controller-manager", subresource: "status" };
      client.store.update(client.resource("Deployment"), { ...found, status }, context);
    }
    for (const found of client.store.list(client.resource("Service"))) {
      if (get(found["spec"], "clusterIP") !== undefined) continue;
      const spec = { ...(found["spec"] as JsonObject), clusterIP: "10.0.0.1" };
      client.store.update(client.resource("Service"), { ...found, spec }, { manager: "kube-apiserver" });
    }
    for (const found of client.store.list(client.resource("PodDisruptionBudget"))) {
      const observedGeneration = found.metadata["generation"] as number;
      if (get(found["status"], "observedGeneration") === observedGeneration) continue;
      const status = { observedGeneration, currentHealthy: 9, desiredHealthy: 1, expectedPods: 9 };
      const context = { manager: "kube-controller-manager", subresource: "status" };
      client.store.update(client.resource("PodDisruptionBudget"), { ...found, status }, context);
    }
  }
  running.push(manager);
  const stored = (kind: string, name: string) => client.store.find(client.resource(kind), { namespace: "shop", name });
  const condition = (name: string, type: string, kind = "App") => {
    const conditions = get(stored(kind, name)?.["status"], "conditions");
    return (Array.isArray(conditions) ? conditions : []).find((one) => get(one, "type") === type) as
      | JsonObject
      | undefined;
  };
  const settled = async () => {
    let count = -1;
    while (count !== client.requests.length) {
      count = client.requests.length;
      await pass(clock, 1_000);
    }
  };
  return { clock, client, cut, manager, lines, stored, condition, settled };
}

const writesSince = (client: FakeClient, start: number) => client.writes().slice(start);

describe("the workloads controller", () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((manager) => manager.stop()));
  });

  test("applies what an App makes, owned by it, and says that it is ready; then writes nothing more", async () => {
    const { clock, client, stored, condition, settled } = await world([app("orders")]);
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready");
    await settled();
    const deployment = stored("Deployment", "orders")!;
    const owner = (deployment.metadata["ownerReferences"] as JsonObject[])[0]!;
    assert.deepEqual(
      [owner["kind"], owner["name"], owner["uid"], owner["controller"], owner["blockOwnerDeletion"]],
      ["App", "orders", stored("App", "orders")!.metadata["uid"], true, true],
    );
    assert.match(deployment.metadata.labels!["applyset.kubernetes.io/part-of"]!, /^applyset-/);
    const managers = (deployment.metadata["managedFields"] as JsonObject[]).map((one) => one["manager"]);
    assert.ok(managers.includes("fairlead/workloads"));
    const parent = stored("App", "orders")!;
    assert.match(parent.metadata.annotations!["applyset.kubernetes.io/contains-group-kinds"]!, /Deployment\.apps/);
    assert.equal(get(parent["status"], "observedGeneration"), parent.metadata["generation"]);
    const start = client.writes().length;
    await pass(clock, 120_000);
    assert.deepEqual(writesSince(client, start), []);
  });

  test("one change of an App is one write to what it makes, and a status", async () => {
    const { clock, client, stored, condition, settled } = await world([app("orders")]);
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready");
    await settled();
    const start = client.writes().length;
    const containers = [
      { name: "orders", image: "registry.example/x:2", http: { port: 8080 }, resources: "unlimited" },
    ];
    await client.apply(client.resource("App"), app("orders", { containers }), { fieldManager: "user", force: true });
    await settled();
    const writes = writesSince(client, start).filter((one) => !one.includes(" Event "));
    assert.deepEqual(
      writes.filter((one) => one !== "apply App shop/orders"),
      ["apply Deployment shop/orders"],
    );
    // The user's own, then at most: at work, and ready.
    assert.ok(writes.length <= 4, writes.join());
    assert.equal(get(stored("App", "orders")!["status"], "observedGeneration"), 2);
  });

  test("puts back what somebody changes or deletes, and leaves alone what the App does not say", async () => {
    const { clock, client, stored, condition, settled } = await world([app("orders")]);
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready");
    await settled();
    const deployments = client.resource("Deployment");
    const key = { namespace: "shop", name: "orders" };
    const patch = { metadata: { annotations: { note: "mine" } }, spec: { replicas: 9 } };
    await client.patch(deployments, key, patch, { type: "merge", fieldManager: "somebody" });
    await until(clock, () => get(stored("Deployment", "orders")!["spec"], "replicas") === 1, "replicas");
    assert.equal(stored("Deployment", "orders")!.metadata.annotations!["note"], "mine");
    await client.delete(client.resource("Service"), key);
    await until(clock, () => stored("Service", "orders") !== undefined, "the Service");
  });

  test("deletes what a changed App no longer makes", async () => {
    const { clock, client, stored, condition, settled } = await world([app("orders", { replicas: 3 })]);
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready");
    await settled();
    assert.ok(stored("PodDisruptionBudget", "orders") !== undefined);
    await client.apply(client.resource("App"), app("orders", { replicas: 1 }), { fieldManager: "user", force: true });
    await until(clock, () => stored("PodDisruptionBudget", "orders") === undefined, "the deletion");
  });

  test("deletes nothing while part of the cluster is out of view, and says so", async () => {
    const { clock, client, cut, stored, condition, settled } = await world([app("orders", { replicas: 3 })]);
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready");
    await settled();
    const mend = cut("ServiceAccount");
    await client.apply(client.resource("App"), app("orders", { replicas: 1 }), { fieldManager: "user", force: true });
    await until(clock, () => condition("orders", "Reconciling")?.["reason"] === "PruneDelayed", "PruneDelayed");
    await pass(clock, 60_000);
    assert.ok(stored("PodDisruptionBudget", "orders") !== undefined);
    assert.equal(get(stored("Deployment", "orders")!["spec"], "replicas"), 1, "what is there is applied");
    mend();
    await pass(clock, 60_000);
    await until(clock, () => stored("PodDisruptionBudget", "orders") === undefined, "the deletion");
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready again");
  });

  test("leaves nothing when the App is deleted", async () => {
    const { clock, client, stored, condition, settled } = await world([app("orders")]);
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready");
    await settled();
    await client.delete(client.resource("App"), { namespace: "shop", name: "orders" });
    await settled();
    assert.deepEqual(
      ["App", "Deployment", "Service", "PodDisruptionBudget"].filter((kind) => stored(kind, "orders") !== undefined),
      [],
    );
  });

  test("says what is wrong with an App, in a condition and an event, and keeps what an earlier version made", async () => {
    const { clock, client, stored, condition, settled } = await world([app("orders")]);
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready");
    await client.apply(client.resource("App"), app("orders", { replicas: -1 }), { fieldManager: "user", force: true });
    await until(clock, () => condition("orders", "Stalled") !== undefined, "Stalled");
    await settled();
    const stalled = condition("orders", "Stalled")!;
    assert.deepEqual([stalled["status"], stalled["reason"]], ["True", "Invalid"]);
    assert.match(String(stalled["message"]), /FL\d{3}: .*replicas/);
    assert.equal(condition("orders", "Ready")!["status"], "False");
    assert.equal(get(stored("Deployment", "orders")!["spec"], "replicas"), 1);
    const events = client.store.list(client.resource("Event"));
    assert.ok(events.some((event) => event["type"] === "Warning" && event["reason"] === "Invalid"));
    await client.apply(client.resource("App"), app("orders", { replicas: 2 }), { fieldManager: "user", force: true });
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready again");
    assert.equal(condition("orders", "Stalled"), undefined);
  });

  test("does not take what belongs to somebody else", async () => {
    const foreign: KrmObject = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "orders", namespace: "shop", labels: { "app.kubernetes.io/managed-by": "Helm" } },
      spec: { ports: [{ port: 1 }] },
    };
    const { clock, stored, condition } = await world([foreign, app("orders")]);
    await until(clock, () => condition("orders", "Stalled") !== undefined, "Stalled");
    assert.match(String(condition("orders", "Stalled")!["message"]), /FL702.*Service shop\/orders.*Helm/);
    assert.match(JSON.stringify(stored("Service", "orders")!["spec"]), /"port":1,/);
  });

  test("plans what refers to something when that comes", async () => {
    const route: KrmObject = {
      apiVersion: `${group}/${version}`,
      kind: "Environment",
      metadata: { name: "prod", namespace: "shop" },
      spec: { labels: { team: "a" } },
    };
    const { clock, client, stored, condition, settled } = await world([app("orders")]);
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready");
    await settled();
    await create(client, route);
    await until(clock, () => stored("Deployment", "orders")!.metadata.labels!["team"] === "a", "the label");
    await until(clock, () => condition("prod", "Ready", "Environment")?.["status"] === "True", "the Environment");
  });

  test("looks at a ConfigMap only when an App reads one, and rolls the pods when it changes", async () => {
    const settings = (value: string): KrmObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace: "shop" },
      data: { value },
    });
    const envFrom = [{ configMapRef: { name: "settings" } }];
    const containers = [{ name: "orders", image: "registry.example/x:1", resources: "unlimited", envFrom }];
    const { clock, client, stored, condition, settled } = await world([settings("a"), app("other")]);
    await until(clock, () => condition("other", "Ready")?.["status"] === "True", "Ready");
    await settled();
    const watched = () =>
      client.requests.filter(({ verb, resource }) => verb === "watch" && resource.kind === "ConfigMap");
    assert.equal(watched().length, 0);
    await create(client, app("orders", { reload: true, containers }));
    await until(clock, () => condition("orders", "Ready")?.["status"] === "True", "Ready");
    assert.ok(watched().length > 0);
    const hash = () => JSON.stringify(stored("Deployment", "orders")!["spec"]).match(/content-hash":"([^"]+)/)?.[1];
    const first = hash();
    assert.ok(first !== undefined);
    await client.apply(client.resource("ConfigMap"), settings("b"), { fieldManager: "user", force: true });
    await until(clock, () => hash() !== first, "another hash");
  });

  test("refuses the second of two that claim the same, and takes it when the first one goes", async () => {
    const topic = (name: string): KrmObject => ({
      apiVersion: `${group}/${version}`,
      kind: "Topic",
      metadata: { name, namespace: "shop" },
      spec: { name: "same", project: "p", deadLetter: false },
    });
    const { clock, client, condition, settled } = await world([topic("a"), topic("b")]);
    await until(clock, () => condition("b", "Stalled", "Topic") !== undefined, "Stalled");
    assert.match(String(condition("b", "Stalled", "Topic")!["message"]), /^FL356: .*Topic shop\/a/);
    await settled();
    assert.equal(condition("a", "Stalled", "Topic"), undefined);
    const made = () =>
      client.store
        .list(client.resource("PubSubTopic"))
        .map(({ metadata }) => metadata.annotations!["fairlead.dev/owner"]);
    assert.deepEqual(made(), ["Topic/shop/a"]);
    await client.delete(client.resource("Topic"), { namespace: "shop", name: "a" });
    await until(clock, () => made().includes("Topic/shop/b"), "the other topic");
  });
});
