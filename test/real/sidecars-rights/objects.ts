/** One workload of each way of restarting, in a namespace of the mesh. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { JsonObject } from "@fairlead/apimachinery";
import { parseStream, type KrmObject } from "@fairlead/krm";
import { root } from "../../../scripts/build/workspace.ts";

export function objectsOf(file: string): readonly KrmObject[] {
  const text = readFileSync(path.join(root, file), "utf8");
  return parseStream(text).documents.map(({ value }) => value as unknown as KrmObject);
}

function definition(group: string, version: string, kind: string, plural: string): KrmObject {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}

/** Argo's, Istio's and our own: all that the controller looks for. */
export function definitions(): readonly KrmObject[] {
  return [
    definition("argoproj.io", "v1alpha1", "Rollout", "rollouts"),
    definition("networking.istio.io", "v1beta1", "ProxyConfig", "proxyconfigs"),
    ...objectsOf("deploy/crds/sidecarpolicies.fairlead.dev.yaml"),
  ];
}

const template = (app: string): JsonObject => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "app", image: "registry.example/app:1" }] },
});

const selecting = (app: string): JsonObject => ({ selector: { matchLabels: { app } }, template: template(app) });

const one = (apiVersion: string, kind: string, name: string, spec: JsonObject, more: JsonObject = {}): KrmObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "shop" },
  spec: { ...selecting(name), ...spec },
  ...more,
});

/** A controller of Argo's is not there: see `rolloutSet`. Of old ones the observed generation is a hash. */
const isHealthy = {
  phase: "Healthy",
  observedGeneration: "5d4f8c",
  replicas: 1,
  updatedReplicas: 1,
  availableReplicas: 1,
};

export function workloads(): readonly KrmObject[] {
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { "istio-injection": "enabled" } } },
    one("apps/v1", "Deployment", "web", { replicas: 1 }),
    one("apps/v1", "StatefulSet", "db", { replicas: 1, serviceName: "db" }),
    one("apps/v1", "DaemonSet", "agent", {}),
    one("argoproj.io/v1alpha1", "Rollout", "roll", { replicas: 1 }, { status: isHealthy }),
  ];
}

/** What makes the pods of the Rollout. */
export function rolloutSet(uid: string): KrmObject {
  const owner = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name: "roll", uid, controller: true };
  const set = one("apps/v1", "ReplicaSet", "roll-1", { replicas: 1, ...selecting("roll") });
  return { ...set, metadata: { ...set.metadata, ownerReferences: [owner] } } as KrmObject;
}
