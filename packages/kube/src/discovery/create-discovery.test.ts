import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@fairlead/apimachinery";
import { isKubeError, KubeError } from "../errors.ts";
import { apiVersionOf } from "../resource.ts";
import { createDiscovery } from "./create-discovery.ts";

type Answers = { [path: string]: JsonValue | KubeError };

function discovery(answers: Answers) {
  const asked: string[] = [];
  const getJson = async (path: string): Promise<JsonValue> => {
    asked.push(path);
    const answer = answers[path] ?? new KubeError("not-found", `nothing at ${path}`);
    if (answer instanceof KubeError) throw answer;
    return answer;
  };
  return { asked, found: createDiscovery(getJson, "test") };
}

const verbs = ["get", "list"];
const aggregated = (plural: string, kind: string, more: { [key: string]: JsonValue } = {}): JsonValue => ({
  resource: plural,
  responseKind: { group: "", version: "", kind },
  scope: "Namespaced",
  singularResource: kind.toLowerCase(),
  verbs,
  ...more,
});
const group = (name: string, versions: { [version: string]: JsonValue[] }, freshness = "Current"): JsonValue => ({
  metadata: name === "" ? {} : { name },
  versions: Object.entries(versions).map(([version, resources]) => ({ version, resources, freshness })),
});
const list = (...items: JsonValue[]): JsonValue => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  items,
});

const events = aggregated("events", "Event", { shortNames: ["ev"] });
const scale: JsonValue = { subresource: "scale", responseKind: { group: "autoscaling", version: "v1", kind: "Scale" } };
const deployments = aggregated("deployments", "Deployment", {
  shortNames: ["deploy"],
  categories: ["all"],
  subresources: [scale],
});
const nodes = aggregated("nodes", "Node", { scope: "Cluster" });
const pods = aggregated("pods", "Pod", { shortNames: ["po"] });
const modern: Answers = {
  "/api": list(group("", { v1: [pods, nodes, events] })),
  "/apis": list(
    group("apps", { v1: [deployments] }),
    group("events.k8s.io", { v1: [events] }),
    group("autoscaling", {
      v2: [aggregated("hpas", "HPA", { shortNames: ["hpa"] })],
      v1: [aggregated("hpas", "HPA"), aggregated("olds", "Old")],
    }),
    group("metrics.k8s.io", { v1beta1: [] }, "Stale"),
  ),
};

const old: Answers = {
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/apis": {
    kind: "APIGroupList",
    groups: [
      { name: "apps", versions: [{ version: "v1beta1" }, { version: "v1" }], preferredVersion: { version: "v1" } },
      { name: "metrics.k8s.io", versions: [{ version: "v1beta1" }] },
    ],
  },
  "/api/v1": {
    kind: "APIResourceList",
    resources: [
      { name: "pods", singularName: "pod", namespaced: true, kind: "Pod", verbs, shortNames: ["po"] },
      { name: "pods/log", namespaced: true, kind: "Pod", verbs: ["get"] },
      { name: "nodes", singularName: "", namespaced: false, kind: "Node", verbs },
    ],
  },
  "/apis/apps/v1": {
    kind: "APIResourceList",
    resources: [{ name: "deployments", namespaced: true, kind: "Deployment", verbs }],
  },
  "/apis/apps/v1beta1": {
    kind: "APIResourceList",
    resources: [{ name: "deployments", namespaced: true, kind: "Deployment", verbs }],
  },
  "/apis/metrics.k8s.io/v1beta1": new KubeError("unavailable", "the server is currently unable to handle the request"),
};

test("reads everything in two requests, once", async () => {
  const { asked, found } = discovery(modern);
  const [first] = await Promise.all([found.resources(), found.resources(), found.failures()]);
  assert.deepEqual(asked, ["/api", "/apis"]);
  assert.deepEqual(
    first.map((one) => `${apiVersionOf(one)} ${one.kind}`),
    [
      "v1 Pod",
      "v1 Node",
      "v1 Event",
      "apps/v1 Deployment",
      "events.k8s.io/v1 Event",
      "autoscaling/v2 HPA",
      "autoscaling/v1 HPA",
      "autoscaling/v1 Old",
    ],
  );
  const deployment = await found.find({ apiVersion: "apps/v1", kind: "Deployment" });
  assert.deepEqual(
    [deployment?.subresources, deployment?.categories, deployment?.namespaced],
    [["scale"], ["all"], true],
  );
  assert.equal((await found.find({ apiVersion: "v1", kind: "Node" }))?.namespaced, false);
});

test("reads the documents of servers that have no aggregated discovery, preferred versions first", async () => {
  const { asked, found } = discovery(old);
  const all = await found.resources();
  assert.deepEqual(
    all.map((one) => `${apiVersionOf(one)} ${one.plural}`),
    ["v1 pods", "v1 nodes", "apps/v1 deployments", "apps/v1beta1 deployments"],
  );
  assert.equal(asked.length, 6);
  assert.deepEqual(all[0]!.subresources, ["log"]);
  assert.equal(all[1]!.singular, "node");
});

test("tells which groups did not answer, and goes on without them", async () => {
  assert.deepEqual([...(await discovery(modern).found.failures()).keys()], ["metrics.k8s.io/v1beta1"]);
  const failures = await discovery(old).found.failures();
  assert.match(failures.get("metrics.k8s.io/v1beta1") ?? "", /unable to handle/);
});

const typed: { readonly [text: string]: string | undefined } = {
  deploy: "apps/v1 Deployment",
  deployments: "apps/v1 Deployment",
  Deployment: "apps/v1 Deployment",
  "deployments.apps": "apps/v1 Deployment",
  "deployment.v1.apps": "apps/v1 Deployment",
  "deployments.v2.apps": undefined,
  ev: "v1 Event",
  events: "v1 Event",
  "events.events.k8s.io": "events.k8s.io/v1 Event",
  "events.events": "events.k8s.io/v1 Event",
  "events.v1": "v1 Event",
  hpa: "autoscaling/v2 HPA",
  olds: "autoscaling/v1 Old",
  PO: "v1 Pod",
  nothing: undefined,
  "": undefined,
};

for (const [text, kind] of Object.entries(typed)) {
  test(`reads ${JSON.stringify(text)} as ${kind ?? "nothing"}`, async () => {
    const resource = await discovery(modern).found.lookup(text);
    assert.equal(resource === undefined ? undefined : `${apiVersionOf(resource)} ${resource.kind}`, kind);
  });
}

test("asks once more before it says that a kind is not served, however many ask at once", async () => {
  const answers = { ...modern };
  const { asked, found } = discovery(answers);
  await found.resources();
  answers["/apis"] = list(group("fairlead.dev", { v1alpha1: [aggregated("apps", "App")] }));
  const all = await Promise.all([1, 2, 3].map(() => found.find({ apiVersion: "fairlead.dev/v1alpha1", kind: "App" })));
  assert.deepEqual(
    all.map((one) => one?.plural),
    ["apps", "apps", "apps"],
  );
  assert.equal(asked.length, 4);
  assert.equal(await found.find({ apiVersion: "v1", kind: "None" }), undefined);
  assert.equal(asked.length, 6);
});

const hints: readonly [apiVersion: string, kind: string, hint: RegExp][] = [
  ["apps/v1", "Deploiment", /did you mean Deployment\?/],
  ["v1", "Deployment", /serves Deployment as apps\/v1/],
  ["example.com/v1", "Widget", /install the CustomResourceDefinitions of example\.com/],
  ["metrics.k8s.io/v1beta1", "PodMetrics", /did not answer/],
];

for (const [apiVersion, kind, hint] of hints) {
  test(`says what to write instead of ${apiVersion} ${kind}`, async () => {
    const wanted = discovery(modern).found.resource({ apiVersion, kind });
    await assert.rejects(wanted, (error) => isKubeError(error, "unknown-kind") && hint.test(error.hint ?? ""));
  });
}

test("asks again after a failure, and after invalidate", async () => {
  const answers: Answers = { ...modern, "/api": new KubeError("connection", "down") };
  const { asked, found } = discovery(answers);
  await assert.rejects(found.resources());
  answers["/api"] = modern["/api"]!;
  assert.ok((await found.resources()).length > 0);
  found.invalidate();
  await found.resources();
  assert.equal(asked.length, 6);
});

test("takes a server that refuses the form it was asked in", async () => {
  let refusals = 2;
  const found = createDiscovery(async (path, accept) => {
    if (accept !== undefined && refusals-- > 0) throw new KubeError("unsupported", "406");
    return old[path] as JsonValue;
  }, "test");

  assert.ok((await found.resources()).some((one) => one.kind === "Pod"));
});

test("calls documents of another kind a fault of the protocol", async () => {
  const { found } = discovery({ ...modern, "/apis": { kind: "Status" } });
  await assert.rejects(found.resources(), (error) => isKubeError(error, "protocol"));
});

test("tells the server's version", async () => {
  const { asked, found } = discovery({ "/version": { gitVersion: "v1.36.3" } });
  assert.deepEqual(await Promise.all([found.version(), found.version()]), ["1.36.3", "1.36.3"]);
  assert.equal(asked.length, 1);
});

test("reads a published schema, converted, each document once", async () => {
  const prefix = "#/components/schemas/";
  const app = {
    type: "object",
    properties: {
      spec: { default: {}, description: "what", allOf: [{ $ref: `${prefix}io.k8s.api.Spec` }] },
      $ref: { type: "string" },
    },
    "x-kubernetes-group-version-kind": [{ group: "apps", version: "v1", kind: "Deployment" }],
  };
  const spec = {
    type: "object",
    properties: {
      replicas: { type: "integer", default: 0 },
      protocol: { type: "string", default: "TCP" },
      list: { type: "array", items: { $ref: `${prefix}io.k8s.api.Spec` }, "x-kubernetes-list-type": "atomic" },
    },
  };
  const { asked, found } = discovery({
    "/openapi/v3": { paths: { "apis/apps/v1": { serverRelativeURL: "/openapi/v3/apis/apps/v1?hash=A" } } },
    "/openapi/v3/apis/apps/v1?hash=A": { components: { schemas: { "io.k8s.api.App": app, "io.k8s.api.Spec": spec } } },
  });
  const kinds = ["Deployment", "Deployment", "Other"].map((kind) => found.schema({ apiVersion: "apps/v1", kind }));
  const [first, second, other] = await Promise.all(kinds);
  assert.equal(first?.schema, second?.schema);
  assert.equal(other, undefined);
  assert.deepEqual(first?.schema.properties, {
    spec: { description: "what", $ref: "io.k8s.api.Spec" },
    $ref: { type: "string" },
  });
  assert.deepEqual(first?.resolve("io.k8s.api.Spec")?.properties, {
    replicas: { type: "integer" },
    protocol: { type: "string", default: "TCP" },
    list: { type: "array", items: { $ref: "io.k8s.api.Spec" }, "x-kubernetes-list-type": "atomic" },
  });
  assert.equal(first?.resolve("io.k8s.None"), undefined);
  assert.equal(await found.schema({ apiVersion: "example.com/v1", kind: "X" }), undefined);
  assert.deepEqual(asked, ["/openapi/v3", "/openapi/v3/apis/apps/v1?hash=A"]);
});
