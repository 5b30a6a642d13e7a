/** Webhooks, namespaces and pods whose combinations make the truth table of injection. */
import type { JsonObject } from "@fairlead/apimachinery";
import { revisionWebhooks, tagWebhooks, type IstioOptions } from "@fairlead/sim";

/** What injects: one control plane behind all webhooks. */
export const plane: IstioOptions = { version: "1.29.0", neverInjectSelector: [{ matchLabels: { team: "b" } }] };
const podRule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };

/** One more configuration of the same webhooks, changed. */
export function changed(
  configuration: JsonObject,
  name: string,
  change: (webhook: JsonObject) => JsonObject,
): JsonObject {
  const webhooks = (configuration["webhooks"] as JsonObject[]).map((one) => ({ ...one, ...change(one) }));
  return { ...configuration, metadata: { ...(configuration["metadata"] as JsonObject), name }, webhooks };
}
const conditions = (...expressions: string[]): JsonObject => ({
  matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
});
const base = revisionWebhooks(plane);
const rev28 = revisionWebhooks({ ...plane, revision: "1-28" });
const tag = (name: string, revision = "1-28"): JsonObject => tagWebhooks(name, { ...plane, revision });

/** What webhooks a cluster may have. */
export const sets: { readonly [name: string]: readonly JsonObject[] } = {
  "the default revision": [base],
  "one revision": [rev28],
  "two revisions": [rev28, revisionWebhooks({ ...plane, revision: "canary" })],
  "a revision with tags": [rev28, tag("stable"), tag("canary")],
  "a default tag": [rev28, tag("default")],
  "two defaults": [base, tag("default")],
  "namespaces by default": [revisionWebhooks({ ...plane, enableNamespacesByDefault: true })],
  "a control plane elsewhere": [revisionWebhooks({ ...plane, namespace: "mesh", revision: "stable" }), base],
  "selectors of one's own": [
    changed(base, "istio-sidecar-injector-custom", () => ({
      namespaceSelector: { matchLabels: { team: "a" } },
      objectSelector: { matchExpressions: [{ key: "pod-template-hash", operator: "Exists" }] },
    })),
    changed(rev28, "istio-sidecar-injector-other", () => ({
      namespaceSelector: {},
      objectSelector: {
        matchExpressions: [{ key: "sidecar.istio.io/inject", operator: "In", values: ["true", "yes"] }],
      },
    })),
  ],
  conditions: [
    changed(base, "istio-sidecar-injector-conditions", () =>
      conditions(
        "!('sidecar.istio.io/inject' in object.metadata.?annotations.orValue({}))",
        "request.namespace != 'shop-3' && object.metadata.generateName.startsWith('web-')",
        "request.userInfo.username == 'system:serviceaccount:kube-system:replicaset-controller'",
        "object.spec.serviceAccountName == 'default' && object.metadata.ownerReferences.all(o, o.kind == 'ReplicaSet')",
      ),
    ),
  ],
  "conditions that fail": [
    changed(base, "istio-sidecar-injector-fails", () => conditions("object.metadata.annotations['team'] == 'a'")),
  ],
  "conditions that may fail": [
    changed(base, "istio-sidecar-injector-may-fail", () => ({
      failurePolicy: "Ignore",
      ...conditions("object.metadata.annotations['team'] == 'a'"),
    })),
    rev28,
  ],
  "webhooks that are switched off, or see no pods": [
    changed(base, "istio-sidecar-injector-off", () => ({
      namespaceSelector: { matchLabels: { "istio.io/deactivated": "never-match" } },
    })),
    changed(rev28, "istio-sidecar-injector-updates", () => ({ rules: [{ ...podRule, operations: ["UPDATE"] }] })),
    changed(rev28, "istio-sidecar-injector-parts", () => ({ rules: [{ ...podRule, resources: ["pods/status"] }] })),
    changed(rev28, "istio-sidecar-injector-all", () => ({
      rules: [{ ...podRule, operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] }],
    })),
  ],
};

function* pairs(key: string, values: readonly (string | undefined)[]): Generator<JsonObject> {
  for (const value of values) yield value === undefined ? {} : { [key]: value };
}

export const spaces: { readonly name: string; readonly labels: JsonObject }[] = [{ name: "kube-system", labels: {} }];
for (const injection of pairs("istio-injection", [undefined, "enabled", "disabled", "yes"])) {
  for (const revision of pairs("istio.io/rev", [undefined, "default", "1-28", "stable", "ghost"])) {
    const team = spaces.length % 3 === 0 ? { team: "a" } : {};
    spaces.push({ name: `shop-${spaces.length}`, labels: { ...injection, ...revision, ...team } });
  }
}

export const pods: { readonly labels: JsonObject; readonly annotations: JsonObject }[] = [];
for (const asked of pairs("sidecar.istio.io/inject", [undefined, "true", "false"])) {
  for (const revision of pairs("istio.io/rev", [undefined, "1-28", "stable", "default"])) {
    for (const refused of pairs("sidecar.istio.io/inject", [undefined, "false"])) {
      for (const team of pairs("team", [undefined, "a", "b"])) {
        pods.push({ labels: { app: "web", ...asked, ...revision, ...team }, annotations: { ...refused, ...team } });
      }
    }
  }
}

/** Of all pods. */
export const spec: JsonObject = {
  serviceAccountName: "default",
  containers: [{ name: "app", image: "registry.example.com/app:1" }],
};

/** Who makes the pods of Deployments. */
export const replicaSetController = {
  name: "system:serviceaccount:kube-system:replicaset-controller",
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
};

/** A pod as that controller sends it. */
export function podOf(namespace: string, labels: JsonObject, annotations: JsonObject): JsonObject {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-7d9f", uid: "u", controller: true };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "web-7d9f-",
      namespace,
      labels: { ...labels, "pod-template-hash": "7d9f" },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [owner],
    },
    spec,
  };
}

/** The same webhooks, each of which leads to a path of its own: with `ids` of the planner by path. */
export function pathed(
  set: readonly JsonObject[],
  origin: string,
  authority: string,
): { readonly configurations: readonly JsonObject[]; readonly ids: ReadonlyMap<string, string> } {
  const ids = new Map<string, string>();
  const caBundle = Buffer.from(authority).toString("base64");
  const configurations = set.map((configuration) => {
    const { name } = configuration["metadata"] as { name: string };
    const names = (configuration["webhooks"] as JsonObject[]).map((one) => one["name"]);
    return changed(configuration, name, (webhook) => {
      const path = `/inject/hook/h${ids.size}`;
      ids.set(path, `${name}/${webhook["name"] as string}/${names.indexOf(webhook["name"]!)}`);
      return { clientConfig: { url: `${origin}${path}`, caBundle } };
    });
  });
  return { configurations, ids };
}
