import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Injection, NewPod } from "../../src/plan/sidecars/model/question.ts";
import { clusterFindings } from "../../src/plan/sidecars/decide/cluster-findings.ts";
import { injectionOf } from "../../src/plan/sidecars/decide/injection.ts";
import { injectorNamespaces } from "../../src/plan/sidecars/decide/injector.ts";
import { answersBy, decideAll, istio, live, namespaceOf, running, viewOf, workload } from "./plan-world.ts";

const podRule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const configuration = (name: string, webhook: JsonObject): JsonObject =>
  live({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name, labels: { app: "sidecar-injector" } },
    webhooks: [
      { name: "x.sidecar-injector.istio.io", rules: [podRule], clientConfig: { url: "https://x/" }, ...webhook },
    ],
  });

function told(webhook: JsonObject, pod: Partial<NewPod> = {}): Injection {
  const view = viewOf([namespaceOf("shop"), configuration("one", webhook)]);
  const labels = { app: "web" };
  return injectionOf(view, "east", {
    namespace: "shop",
    labels,
    annotations: {},
    maker: "Deployment.apps",
    owner: "web",
    ...pod,
  });
}
const selects = (expression: JsonObject): JsonObject => ({ objectSelector: { matchExpressions: [expression] } });
const asks = (...expressions: string[]): JsonObject => ({
  matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
});

test("labels that each pod gets anew are there, and have no value that anybody knows", () => {
  const key = "pod-template-hash";
  assert.equal(told(selects({ key, operator: "Exists" })).kind, "one");
  assert.equal(told(selects({ key, operator: "DoesNotExist" })).kind, "none");
  assert.equal(told(selects({ key, operator: "In", values: ["7d9f"] })).kind, "unknown");
  assert.equal(told(selects({ key, operator: "NotIn", values: ["7d9f"] })).kind, "unknown");
  assert.equal(told(selects({ key, operator: "Exists" }), { maker: "StatefulSet.apps" }).kind, "none");
  const index = { key: "apps.kubernetes.io/pod-index", operator: "Exists" };
  assert.equal(told(selects(index), { maker: "StatefulSet.apps" }).kind, "one");
  const revision = { key: "controller-revision-hash", operator: "Exists" };
  assert.equal(told(selects(revision), { maker: "DaemonSet.apps" }).kind, "one");
  // What another part of the selector decides is decided.
  const both = { objectSelector: { matchLabels: { app: "db", [key]: "x" } } };
  assert.equal(told(both).kind, "none");
});

test("conditions see the pod as its controller sends it", () => {
  assert.equal(told(asks("object.metadata.generateName.startsWith('web-')")).kind, "one");
  assert.equal(told(asks("object.metadata.name == 'web-0'")).kind, "unknown");
  assert.equal(told(asks("object.metadata.name.startsWith('web-')"), { maker: "StatefulSet.apps" }).kind, "one");
  assert.equal(told(asks("object.metadata.name == 'web-0'"), { maker: "StatefulSet.apps" }).kind, "unknown");
  assert.equal(told(asks("object.metadata.generateName.endsWith('7d9f4c5b6c-')")).kind, "unknown");
  const user = "request.userInfo.username == 'system:serviceaccount:kube-system:daemon-set-controller'";
  assert.equal(told(asks(user), { maker: "DaemonSet.apps" }).kind, "one");
  assert.equal(told(asks(user)).kind, "none");
});

test("nobody knows what the authorizer says, unless it does not matter", () => {
  const authorizer = "authorizer.group('').resource('pods').check('create').allowed()";
  assert.equal(told(asks(authorizer)).kind, "unknown");
  assert.equal(told(asks(authorizer, "false")).kind, "none");
  assert.equal(told(asks(`${authorizer} || true`)).kind, "one");
});

test("conditions that fail refuse pods, or leave the webhook out if failures are ignored", () => {
  const broken = asks("object.metadata.annotations['x'] == 'y'");
  assert.equal(told(broken).kind, "unknown");
  assert.equal(told({ ...broken, failurePolicy: "Ignore" }).kind, "none");
});

test("the last of several injectors counts, by the names of their configurations", () => {
  const view = viewOf([
    namespaceOf("shop"),
    configuration("b", {}),
    configuration("a", {}),
    configuration("c", selects({ key: "no", operator: "Exists" })),
  ]);
  const told_ = injectionOf(view, "east", { namespace: "shop", labels: {}, annotations: {} });
  assert.equal(told_.kind === "several" && told_.injector.id, "b/x.sidecar-injector.istio.io/0");
  assert.deepEqual(told_.kind === "several" && told_.others, ["a/x.sidecar-injector.istio.io/0"]);
});

test("an injector's inputs are its ConfigMaps, its place and its control plane, and not how far that has rolled out", () => {
  const plane = { version: "1.29.0" };
  const inputs = (objects: readonly JsonObject[]): string => {
    const view = viewOf([namespaceOf("shop", { "istio-injection": "enabled" }), ...objects]);
    const injection = injectionOf(view, "east", { namespace: "shop", labels: {}, annotations: {} });
    return injection.kind === "one" ? injection.injector.inputs : injection.kind;
  };
  const change = (kind: string, edit: (object: JsonObject) => JsonObject): JsonObject[] =>
    istio(plane).map((object) => (object["kind"] === kind ? edit(object) : object));
  const before = inputs(istio(plane));
  const status = change("Deployment", (object) => ({ ...object, status: { observedGeneration: 7, replicas: 3 } }));
  assert.equal(inputs(status), before);
  const ca = change("MutatingWebhookConfiguration", (object) => ({
    ...object,
    webhooks: (object["webhooks"] as JsonObject[]).map((one) => ({
      ...one,
      clientConfig: { ...(one["clientConfig"] as JsonObject), caBundle: "eA==" },
    })),
  }));
  assert.equal(inputs(ca), before);
  assert.notEqual(inputs(change("ConfigMap", (object) => ({ ...object, data: { values: "{}" } }))), before);
  assert.notEqual(inputs(istio({ ...plane, version: "1.29.1" })), before);
  assert.equal(inputs([...istio(plane), ...istio({ version: "1.28.0", revision: "1-28" })]), before);
});

test("names the namespaces in which injectors are", () => {
  const view = viewOf([
    ...istio({ version: "1.29.0" }),
    ...istio({ version: "1.28.0", revision: "b", namespace: "mesh" }),
  ]);
  assert.deepEqual(injectorNamespaces(view, "east"), ["istio-system", "mesh"]);
});

test("pods of an unknown operator are asked about by what each of them is", () => {
  const plane = { version: "1.29.0" };
  const owner = { apiVersion: "example.com/v1", kind: "Fleet", name: "web", uid: "f", controller: true };
  const made = (name: string, annotations: JsonObject): JsonObject => {
    const [, , pod] = workload("Deployment", "web", { injectedBy: plane });
    const metadata = { ...(pod!["metadata"] as JsonObject), name, ownerReferences: [owner] };
    const bare = { ...pod!, spec: { containers: [{ name: "app", image: "app:1" }] } };
    return name === "a"
      ? { ...pod!, metadata }
      : running({ ...bare, metadata: { ...metadata, annotations, labels: { app: "web" } } });
  };
  const decision = (annotations: JsonObject): string | undefined => {
    const objects = [
      namespaceOf("shop", { "istio-injection": "enabled" }),
      ...istio(plane),
      made("a", {}),
      made("b", annotations),
    ];
    return decideAll(viewOf(objects), answersBy([plane])).get("east/shop/Fleet.example.com/web")?.kind;
  };
  assert.equal(decision({ "sidecar.istio.io/inject": "false" }), "current");
  assert.equal(decision({}), "outdated");
});

test("says what is wrong with a cluster: unread values, missing revisions, node agents of another version", () => {
  const plane = { version: "1.29.0" };
  const agent = (image: string): JsonObject[] =>
    workload("DaemonSet", "ztunnel", {
      namespace: "istio-system",
      app: "ztunnel",
      podSpec: { containers: [{ name: "istio-proxy", image }] },
    });
  const codes = (...objects: JsonObject[]): (string | undefined)[] =>
    clusterFindings(viewOf([...istio(plane), ...objects]), "east").map(({ code }) => code);
  assert.deepEqual(codes(namespaceOf("shop", { "istio-injection": "enabled" }), namespaceOf("bank")), []);
  assert.deepEqual(codes(namespaceOf("shop", { "istio.io/rev": "1-27" })), ["FL862"]);
  assert.deepEqual(codes(...agent("docker.io/istio/ztunnel:1.29.0-distroless")), []);
  assert.deepEqual(codes(...agent("docker.io/istio/ztunnel:1.28.0")), ["FL864"]);
  const held = { podSpec: { containers: [{ name: "istio-proxy", image: "docker.io/istio/proxyv2:1.28.0" }] } };
  assert.deepEqual(codes(namespaceOf("shop"), ...workload("Deployment", "web", held)), ["FL863"]);
  const [config] = istio({ version: "1.28.0", revision: "b" }).filter(({ kind }) => kind === "ConfigMap");
  const broken = { ...config!, metadata: { ...(config!["metadata"] as JsonObject), name: "istio-sidecar-injector-b" } };
  assert.deepEqual(codes({ ...broken, data: { values: "{" } }), ["FL865"]);
});
