import { definition, isObject, setOwn, type JsonObject, type JsonValue, type Schema } from "@fairlead/apimachinery";
import type { Kind } from "../../src/resources/kind.ts";
import { apiVersionOf, type Resource } from "../../src/resources/resource.ts";
import type { Chance } from "./chance.ts";

const words = [
  "a",
  "web",
  "1",
  "10Mi",
  "default",
  "Always",
  "TCP",
  "80",
  "2026-01-01T00:00:00Z",
  "a.example",
  "10.0.0.1",
];
const container = { name: "a", image: "example/a:1", ports: [{ containerPort: 80 }] };
const template = { metadata: { labels: { app: "a" } }, spec: { containers: [container] } };
const workload = { selector: { matchLabels: { app: "a" } }, template };
const sizedSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        size: { type: "integer", default: 1 },
        names: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
        code: { type: "string", pattern: "^(a+)+$" },
      },
      "x-kubernetes-validations": [{ rule: "self.size < 10" }],
    },
  },
};
const review = { user: "a", resourceAttributes: { verb: "get", resource: "pods" } };
const webhook = {
  name: "a.example.com",
  clientConfig: { url: "https://127.0.0.1:1/a" },
  rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["bindings"] }],
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
  failurePolicy: "Ignore",
  timeoutSeconds: 1,
};

/** The parts beside metadata of objects that the server takes. */
const known: { readonly [collection: string]: JsonObject } = {
  pods: { spec: template.spec },
  configmaps: { data: { a: "1" }, binaryData: { b: "aGk=" } },
  secrets: { stringData: { a: "1" } },
  services: { spec: { selector: { app: "a" }, ports: [{ port: 80 }] } },
  namespaces: {},
  serviceaccounts: {},
  nodes: {},
  persistentvolumeclaims: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  resourcequotas: { spec: { hard: { "count/foos.example.com": "5" } } },
  limitranges: { spec: { limits: [{ type: "Container", max: { cpu: "100" } }] } },
  "deployments.apps": { spec: { ...workload, replicas: 1 } },
  "statefulsets.apps": { spec: { ...workload, serviceName: "a" } },
  "daemonsets.apps": { spec: workload },
  "replicasets.apps": { spec: workload },
  "jobs.batch": { spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } },
  "cronjobs.batch": {
    spec: {
      schedule: "* * * * *",
      jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } },
    },
  },
  "poddisruptionbudgets.policy": { spec: { minAvailable: "50%", selector: workload.selector } },
  "ingresses.networking.k8s.io": {
    spec: { defaultBackend: { service: { name: "a", port: { number: 80 } } } },
  },
  "networkpolicies.networking.k8s.io": { spec: { podSelector: {}, policyTypes: ["Ingress"] } },
  "roles.rbac.authorization.k8s.io": { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  "clusterroles.rbac.authorization.k8s.io": { rules: [{ nonResourceURLs: ["/x*"], verbs: ["get"] }] },
  "rolebindings.rbac.authorization.k8s.io": {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "a" },
    subjects: [{ kind: "User", name: "a", apiGroup: "rbac.authorization.k8s.io" }],
  },
  "customresourcedefinitions.apiextensions.k8s.io": {
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "foos", singular: "foo", kind: "Foo", listKind: "FooList" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: sizedSchema } }],
    },
  },
  "foos.example.com": { spec: { size: 2, names: ["a", "b"], code: "aaa" } },
  "validatingwebhookconfigurations.admissionregistration.k8s.io": { webhooks: [webhook] },
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": { webhooks: [webhook] },
  "validatingadmissionpolicies.admissionregistration.k8s.io": {
    spec: {
      failurePolicy: "Ignore",
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
      },
      validations: [{ expression: "!has(object.data) || object.data.all(k, object.data[k].size() < 100)" }],
    },
  },
  "validatingadmissionpolicybindings.admissionregistration.k8s.io": {
    spec: { policyName: "a", validationActions: ["Warn"] },
  },
  "subjectaccessreviews.authorization.k8s.io": { spec: review },
  "selfsubjectaccessreviews.authorization.k8s.io": { spec: { resourceAttributes: review.resourceAttributes } },
  "tokenreviews.authentication.k8s.io": { spec: { token: "a.b.c" } },
};

/** Names are few, so that requests meet what others have made. */
export const names = ["a", "b", "foos.example.com", "kube-root-ca.crt", "default"];

/** An object that may well be accepted: a known one, or one that its schema allows. */
export function plausibleObject(resource: Resource, kind: Kind, name: string, chance: Chance): JsonObject {
  const { group, plural, namespaced } = resource;
  const parts = known[group === "" ? plural : `${plural}.${group}`];
  const body =
    parts !== undefined && !chance.oneIn(8)
      ? parts
      : kind.schema === undefined
        ? {}
        : (valueOf(kind.schema, kind, chance, 5) as JsonObject);
  const metadata = {
    name,
    ...(namespaced ? { namespace: "default" } : {}),
    labels: { app: chance.pick(words) },
    ...(chance.oneIn(6) ? { generateName: "a-" } : {}),
    ...(chance.oneIn(6) ? { finalizers: ["example.com/a"] } : {}),
    ...(chance.oneIn(6) ? { annotations: { a: "1" } } : {}),
    ...(chance.oneIn(10) ? { resourceVersion: chance.pick(["1", "0", "x", "-1", "99999999999999999999"]) } : {}),
  };
  const { metadata: _metadata, ...rest } = isObject(body) ? body : {};
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, ...rest };
}

function valueOf(schema: Schema, kind: Kind, chance: Chance, depth: number): JsonValue {
  const named = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (named !== undefined) {
    const target = (kind.resolve ?? definition)(named);
    if (target !== undefined) return valueOf(target, kind, chance, depth);
  }
  if (schema.enum !== undefined) return chance.pick(schema.enum);
  switch (schema.type) {
    case "boolean":
      return chance.oneIn(2);
    case "integer":
      return chance.pick([0, 1, 2, 80, -1, 2_147_483_647]);
    case "number":
      return chance.random();
    case "array":
      if (schema.items === undefined || depth === 0) return [];
      return Array.from({ length: chance.below(3) }, () => valueOf(schema.items!, kind, chance, depth - 1));
    case "object":
    case undefined:
      return objectOf(schema, kind, chance, depth);
    default:
      return chance.pick(words);
  }
}

function objectOf(schema: Schema, kind: Kind, chance: Chance, depth: number): JsonObject {
  const object: JsonObject = {};
  if (depth === 0) return object;
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    // A mutated definition may say that a field's schema is null.
    if (!isObject(one) || (schema.required?.includes(name) !== true && !chance.oneIn(4))) continue;
    setOwn(object, name, valueOf(one, kind, chance, depth - 1));
  }
  if (isObject(schema.additionalProperties)) {
    setOwn(object, chance.pick(words), valueOf(schema.additionalProperties as Schema, kind, chance, depth - 1));
  }
  return object;
}
