/** What the API server is asked to do, the same for the embedded one and for the real one. */
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { benchPod } from "../kube/pods.ts";

/** One kind of request, made many times: the n-th on objects of its own, so that the order does not matter. */
export interface Work {
  readonly name: string;
  readonly method: string;
  /** Of all requests, how many: some are dear. */
  readonly share: number;
  path(index: number): string;
  readonly contentType?: string;
  body?(index: number, round: number): JsonValue;
  /** The object is made by one of these: rounds make others. */
  readonly fresh?: boolean;
}

export const workNamespace = "bench";

export const benchDefinition: JsonObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "routes.bench.fairlead.dev" },
  spec: {
    group: "bench.fairlead.dev",
    scope: "Namespaced",
    names: { plural: "routes", singular: "route", kind: "Route", listKind: "RouteList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["host", "rules"],
                "x-kubernetes-validations": [
                  { rule: "self.rules.all(r, r.weight <= self.total)", message: "no weight may exceed the total" },
                  { rule: "self.host.endsWith('.example.com')", message: "must be a host of example.com" },
                ],
                properties: {
                  host: { type: "string", maxLength: 253, pattern: "^[a-z0-9.-]+$" },
                  total: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
                  rules: {
                    type: "array",
                    maxItems: 32,
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    items: {
                      type: "object",
                      required: ["name", "service"],
                      properties: {
                        name: { type: "string", maxLength: 63 },
                        service: {
                          type: "string",
                          maxLength: 63,
                          "x-kubernetes-validations": [{ rule: "self != ''" }],
                        },
                        port: { type: "integer", minimum: 1, maximum: 65535, default: 80 },
                        weight: { type: "integer", minimum: 0, default: 1 },
                        headers: { type: "object", maxProperties: 16, additionalProperties: { type: "string" } },
                      },
                    },
                  },
                },
              },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
};

const base = `/api/v1/namespaces/${workNamespace}`;
const apps = `/apis/apps/v1/namespaces/${workNamespace}`;
const routes = `/apis/bench.fairlead.dev/v1/namespaces/${workNamespace}/routes`;

function podOf(name: string, index: number): JsonObject {
  const { metadata, spec } = benchPod(index) as unknown as { metadata: JsonObject; spec: JsonObject };
  return { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name, namespace: workNamespace }, spec };
}

function deploymentOf(name: string, index: number, round = 0): JsonObject {
  const { metadata, spec } = benchPod(index) as unknown as { metadata: { labels: JsonObject }; spec: JsonObject };
  const { nodeName: _, ...template } = spec;
  const { app } = metadata.labels;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: workNamespace, labels: metadata.labels, annotations: { round: String(round) } },
    spec: {
      replicas: 3 + (round % 5),
      selector: { matchLabels: { app: app! } },
      template: { metadata: { labels: metadata.labels }, spec: template },
    },
  };
}

function configMapOf(name: string, round = 0): JsonObject {
  const data = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key-${i}`, `value ${i} `.repeat(10)]));
  data["round"] = String(round);
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: workNamespace }, data };
}

function routeOf(name: string, round = 0): JsonObject {
  const rules = Array.from({ length: 6 }, (_, i) => ({
    name: `rule-${i}`,
    service: `service-${i}`,
    weight: i + (round % 7),
    headers: { "x-version": `v${i}`, "x-tenant": "a" },
  }));
  return {
    apiVersion: "bench.fairlead.dev/v1",
    kind: "Route",
    metadata: { name, namespace: workNamespace, labels: { app: name } },
    spec: { host: `${name}.example.com`, rules },
  };
}

/** Objects that the requests below change, read and list: `there-0` … */
export function objectsThere(count: number): readonly { readonly path: string; readonly object: JsonObject }[] {
  return Array.from({ length: count }, (_, i) => `there-${i}`).flatMap((name, i) => [
    { path: `${base}/pods`, object: podOf(name, i) },
    { path: `${apps}/deployments`, object: deploymentOf(name, i) },
    { path: `${base}/configmaps`, object: configMapOf(name) },
    { path: routes, object: routeOf(name) },
  ]);
}

const merge = "application/merge-patch+json";
const strategic = "application/strategic-merge-patch+json";
const json = "application/json-patch+json";
const apply = "application/apply-patch+yaml";
const manager = "?fieldManager=bench&force=true";

/** `count` objects of each kind are there. Names of new ones begin with `run`. */
export function workOf(count: number, run: string): readonly Work[] {
  const there = (i: number): string => `there-${i % count}`;
  const fresh = (i: number, round: number): string => `${run}-${round}-${i}`;
  const annotated = (_: number, round: number): JsonValue => ({
    metadata: { annotations: { round: `${run}-${round}` } },
  });
  return [
    { name: "get a ConfigMap", method: "GET", share: 1, path: (i) => `${base}/configmaps/${there(i)}` },
    { name: "get a Pod", method: "GET", share: 1, path: (i) => `${base}/pods/${there(i)}` },
    { name: "list 500 Pods", method: "GET", share: 0.02, path: () => `${base}/pods?limit=500` },
    {
      name: "list Pods by label",
      method: "GET",
      share: 0.02,
      path: (i) => `${base}/pods?labelSelector=${encodeURIComponent(`app=service-${i % 20}`)}`,
    },
    {
      name: "create a ConfigMap",
      method: "POST",
      share: 1,
      fresh: true,
      path: () => `${base}/configmaps`,
      body: (i, round) => configMapOf(fresh(i, round)),
    },
    {
      name: "create a Pod",
      method: "POST",
      share: 1,
      fresh: true,
      path: () => `${base}/pods`,
      body: (i, round) => podOf(fresh(i, round), i),
    },
    {
      name: "create a Deployment",
      method: "POST",
      share: 1,
      fresh: true,
      path: () => `${apps}/deployments`,
      body: (i, round) => deploymentOf(fresh(i, round), i),
    },
    {
      name: "update a ConfigMap",
      method: "PUT",
      share: 1,
      path: (i) => `${base}/configmaps/${there(i)}`,
      body: (i, round) => configMapOf(there(i), round * 7 + 1),
    },
    {
      name: "update a Deployment",
      method: "PUT",
      share: 1,
      path: (i) => `${apps}/deployments/${there(i)}`,
      body: (i, round) => deploymentOf(there(i), i % count, round * 7 + 1),
    },
    {
      name: "merge patch of a Pod",
      method: "PATCH",
      share: 1,
      contentType: merge,
      path: (i) => `${base}/pods/${there(i)}`,
      body: (i, round) => annotated(i, round * 3),
    },
    {
      name: "strategic patch of a Deployment",
      method: "PATCH",
      share: 1,
      contentType: strategic,
      path: (i) => `${apps}/deployments/${there(i)}`,
      body: (_, round) => ({
        spec: {
          template: { spec: { containers: [{ name: "app", image: `registry.example.com/app:${run}-${round}` }] } },
        },
      }),
    },
    {
      name: "JSON patch of a Pod",
      method: "PATCH",
      share: 1,
      contentType: json,
      path: (i) => `${base}/pods/${there(i)}`,
      body: (_, round) => [{ op: "add", path: "/metadata/labels/round", value: `${run}-j${round}` }],
    },
    {
      name: "status patch of a Pod",
      method: "PATCH",
      share: 1,
      contentType: merge,
      path: (i) => `${base}/pods/${there(i)}/status`,
      body: (_, round) => ({ status: { message: `${run}-${round}` } }),
    },
    {
      name: "apply a Deployment (SSA)",
      method: "PATCH",
      share: 1,
      contentType: apply,
      path: (i) => `${apps}/deployments/${there(i)}${manager}`,
      body: (i, round) => deploymentOf(there(i), i % count, round * 11 + 5),
    },
    {
      name: "apply a ConfigMap (SSA)",
      method: "PATCH",
      share: 1,
      contentType: apply,
      path: (i) => `${base}/configmaps/${there(i)}${manager}`,
      body: (i, round) => configMapOf(there(i), round * 11 + 5),
    },
    {
      name: "create a custom resource",
      method: "POST",
      share: 1,
      fresh: true,
      path: () => routes,
      body: (i, round) => routeOf(fresh(i, round)),
    },
    {
      name: "update a custom resource",
      method: "PATCH",
      share: 1,
      contentType: merge,
      path: (i) => `${routes}/${there(i)}`,
      body: (_, round) => ({ spec: { total: 200 + ((round * 13) % 500) } }),
    },
    {
      name: "apply a custom resource (SSA)",
      method: "PATCH",
      share: 1,
      contentType: apply,
      path: (i) => `${routes}/${there(i)}${manager}`,
      body: (i, round) => routeOf(there(i), round + 2),
    },
  ];
}
