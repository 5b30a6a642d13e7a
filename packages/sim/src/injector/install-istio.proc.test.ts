import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { virtualClock, type JsonObject } from "@fairlead/apimachinery";
import { createCluster, type Cluster } from "../cluster/create-cluster.ts";
import { annotationsOf, at, containerOf, jsonIn, labelsOf, objectsIn, textAt } from "./inject/pod-parts.ts";
import { installIstio, type InstalledIstio } from "./install-istio.ts";

let cluster: Cluster;
let istio: InstalledIstio;

before(async () => {
  cluster = await createCluster({ seed: 7 });
  istio = await installIstio(cluster, { version: "1.28.0" });
  await istio.addRevision({ version: "1.29.0", revision: "1-29", tags: ["canary"], cni: true, nativeSidecars: false });
  await cluster.settled();
  for (const [name, labels] of namespaces) await createNamespace(name, labels);
});

after(async () => {
  await istio.stop();
  await cluster.stop();
});

const namespaces: readonly (readonly [string, JsonObject])[] = [
  ["enabled", { "istio-injection": "enabled" }],
  ["disabled", { "istio-injection": "disabled" }],
  ["plain", {}],
  ["revision", { "istio.io/rev": "1-29" }],
  ["tagged", { "istio.io/rev": "canary" }],
  ["default", {}],
  ["by-default", { "istio.io/rev": "default" }],
  ["both", { "istio-injection": "enabled", "istio.io/rev": "1-29" }],
  ["lost", { "istio.io/rev": "1-11" }],
];

async function createNamespace(name: string, labels: JsonObject): Promise<void> {
  if (cluster.api.get("namespaces", { namespace: "", name }) !== undefined) return;
  await cluster.api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
}

const deployment = (name: string, namespace: string, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { ...metadata, labels: { ...(metadata["labels"] as JsonObject | undefined), app: name } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
    },
  },
});

const podsOf = (name: string, namespace: string): readonly JsonObject[] =>
  cluster.api.list("pods", namespace).filter((one) => labelsOf(one["metadata"])["app"] === name);

async function created(name: string, namespace: string, metadata?: JsonObject): Promise<JsonObject> {
  await cluster.api.create("deployments.apps", deployment(name, namespace, metadata));
  await cluster.settled();
  const [pod] = podsOf(name, namespace);
  assert.ok(pod !== undefined, `${namespace}/${name} has no pod`);
  return pod;
}

/** `TAG REVISION` of the proxy; `none` without. */
function proxyOf(pod: JsonObject): string {
  const image = textAt(containerOf(pod["spec"], "istio-proxy"), "image");
  if (image === "") return "none";
  const status = jsonIn(annotationsOf(pod["metadata"])["sidecar.istio.io/status"]!);
  return `${image.slice(image.lastIndexOf(":") + 1)} ${textAt(status, "revision")}`;
}

const refusing = { labels: { "sidecar.istio.io/inject": "false" } };
const asking = { labels: { "sidecar.istio.io/inject": "true" } };
const naming = { labels: { "istio.io/rev": "1-29" } };
const table: readonly (readonly [string, string, JsonObject, string])[] = [
  ["enabled", "ordinary", {}, "1.28.0 default"],
  ["enabled", "refusing", refusing, "none"],
  ["enabled", "noted", { annotations: { "sidecar.istio.io/inject": "false" } }, "none"],
  ["enabled", "naming", naming, "1.28.0 default"],
  ["disabled", "ordinary", {}, "none"],
  ["disabled", "asking", asking, "none"],
  ["plain", "ordinary", {}, "none"],
  ["plain", "asking", asking, "1.28.0 default"],
  ["plain", "naming", naming, "1.29.0 1-29"],
  ["plain", "tag", { labels: { "istio.io/rev": "canary" } }, "1.29.0 1-29"],
  ["plain", "contrary", { labels: { ...refusing.labels, ...naming.labels } }, "none"],
  ["revision", "ordinary", {}, "1.29.0 1-29"],
  ["revision", "refusing", refusing, "none"],
  ["tagged", "ordinary", {}, "1.29.0 1-29"],
  ["by-default", "ordinary", {}, "1.28.0 default"],
  ["both", "ordinary", {}, "1.28.0 default"],
  ["lost", "ordinary", {}, "none"],
];

for (const [namespace, name, metadata, expected] of table) {
  test(`${name} pods of the namespace ${namespace} get ${expected} through admission`, async () => {
    assert.equal(proxyOf(await created(name, namespace, metadata)), expected);
  });
}

test("the pods of an injected Deployment become ready, with the proxy as a native sidecar or not", async () => {
  const native = await created("native", "enabled");
  assert.deepEqual(
    objectsIn(native["status"], "initContainerStatuses").map(({ name, ready }) => [name, ready]),
    [
      ["istio-init", true],
      ["istio-proxy", true],
    ],
  );
  const regular = await created("regular", "revision");
  assert.deepEqual(
    objectsIn(regular["status"], "containerStatuses")
      .map(({ name, ready }) => [name, ready])
      .toSorted(),
    [
      ["istio-proxy", true],
      ["web", true],
    ],
  );
  assert.equal(objectsIn(regular["spec"], "initContainers")[0]?.["name"], "istio-validation");
  for (const pod of [native, regular]) assert.equal(textAt(pod, "status", "phase"), "Running");
});

test("an upgrade changes what new pods get, and none that runs", async () => {
  const old = await created("stays", "enabled");
  await istio.upgrade("1.28.1");
  await cluster.settled();
  assert.equal(istio.injector.tag(), "1.28.1");
  const uid = (pod: JsonObject | undefined): string => textAt(pod, "metadata", "uid");
  assert.deepEqual(podsOf("stays", "enabled").map(uid), [uid(old)]);
  const template = { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" } } };
  await cluster.api.patch("deployments.apps", { namespace: "enabled", name: "stays" }, { spec: { template } });
  await cluster.settled();
  const now = podsOf("stays", "enabled").find((one) => at(one, "metadata", "deletionTimestamp") === undefined);
  assert.notEqual(uid(now), uid(old));
  assert.equal(proxyOf(now!), "1.28.1 default");
  const istiod = cluster.api.get("deployments.apps", { namespace: "istio-system", name: "istiod" });
  assert.equal(
    objectsIn(at(istiod, "spec", "template", "spec"), "containers")[0]?.["image"],
    "docker.io/istio/pilot:1.28.1",
  );
  assert.equal(at(istiod, "status", "readyReplicas"), 1);
});

test("a tag leads to another revision when it is set, and nowhere when it is removed", async () => {
  await istio.setTag("canary", "");
  assert.match(proxyOf(await created("moved", "tagged")), / default$/);
  await istio.removeTag("canary");
  assert.equal(proxyOf(await created("gone", "tagged")), "none");
  await istio.setTag("canary", "1-29");
  assert.equal(proxyOf(await created("back", "tagged")), "1.29.0 1-29");
});

test("no pod is created while the control plane has no pod that is ready, as its webhooks fail closed", async () => {
  const scale = async (replicas: number): Promise<void> => {
    await cluster.api.patch(
      "deployments.apps",
      { namespace: "istio-system", name: "istiod-1-29" },
      { spec: { replicas } },
    );
    await cluster.settled();
  };
  await scale(0);
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "alone", namespace: "revision" },
    spec: { containers: [{ name: "web", image: "w" }] },
  };
  await assert.rejects(cluster.api.create("pods", pod), /no endpoints available for service "istiod-1-29"/);
  await scale(1);
  assert.equal(proxyOf(await cluster.api.create("pods", pod)), "1.29.0 1-29");
});

test("a fault of the injector reaches whoever creates a pod", async () => {
  const pod = (name: string): JsonObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "enabled" },
    spec: { containers: [{ name: "web", image: "w" }] },
  });
  istio.injector.fault({ kind: "status", status: 503 }, { times: 1 });
  await assert.rejects(
    cluster.api.create("pods", pod("first")),
    /failed calling webhook "namespace.sidecar-injector.istio.io"/,
  );
  istio.injector.fault({ kind: "foreign patch" }, { times: 1 });
  await assert.rejects(cluster.api.create("pods", pod("second")));
  assert.match(proxyOf(await cluster.api.create("pods", pod("third"))), /^1\.28/);
});

test("a removed revision takes its objects with it", async () => {
  await istio.removeRevision("1-29");
  await cluster.settled();
  assert.equal(proxyOf(await created("late", "revision")), "none");
  const names = cluster.api.list("configmaps", "istio-system").map((one) => textAt(one, "metadata", "name"));
  assert.deepEqual(
    names.filter((name) => name.startsWith("istio")),
    ["istio", "istio-sidecar-injector"],
  );
  assert.throws(() => istio.injector.url("1-29"));
});

test("serves an upgrade after its delay, on a clock that is moved", async () => {
  const clock = virtualClock(Date.parse("2026-01-01T00:00:00Z"));
  const other = await createCluster({ seed: 8, clock });
  const installed = await installIstio(other, { version: "1.28.0", delayMs: 4000, clock, namespace: "mesh" });
  try {
    const names = other.api
      .list("mutatingwebhookconfigurations.admissionregistration.k8s.io")
      .map((one) => textAt(one, "metadata", "name"));
    assert.deepEqual(names, ["istio-sidecar-injector-mesh"]);
    await installed.upgrade("1.29.0");
    clock.advance(3999);
    assert.equal(installed.injector.tag(), "1.28.0");
    clock.advance(1);
    assert.equal(installed.injector.tag(), "1.29.0");
  } finally {
    await installed.stop();
    await other.stop();
  }
});
