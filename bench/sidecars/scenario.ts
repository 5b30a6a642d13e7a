/** The predecessor's scenario: namespaces with injection, 20 Deployments each, one ReplicaSet and 5 running pods of each. */
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { injectorConfigMap, meshConfigMap, readInjectionConfig } from "@fairlead/sim";

export interface Scenario {
  readonly deployments: number;
  readonly podsEach: number;
  /** Distinct pod templates; as many as Deployments unless told. */
  readonly templates?: number;
  readonly version: string;
}

/** What an injector of a version is configured with. */
export function configOf(version: string) {
  const config = readInjectionConfig(injectorConfigMap({ version }), meshConfigMap({ version }));
  if (config.kind !== "config") throw new Error(config.message);
  return config;
}

export const namespaceOf = (index: number): string => `team-${Math.floor(index / 20)}`;
const nameOf = (index: number): string => `svc-${String(index).padStart(5, "0")}`;
/** The name in labels and images: workloads of one template share it. */
const templateOf = ({ templates, deployments }: Scenario, index: number): string =>
  nameOf(index % (templates ?? deployments));

export function namespaces({ deployments }: Scenario): KrmObject[] {
  const names = new Set(Array.from({ length: deployments }, (_, index) => namespaceOf(index)));
  return [...names].map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "istio-injection": "enabled" } },
  }));
}

const resources = { requests: { cpu: "100m", memory: "128Mi" } };

function podSpec(scenario: Scenario, index: number): JsonObject {
  const name = templateOf(scenario, index);
  const env = ["LOG_LEVEL", "REGION", "DATABASE", "CACHE", "QUEUE", "FEATURES"].map((variable) => ({
    name: variable,
    value: `${name}-${variable.toLowerCase()}`,
  }));
  return { containers: [{ name: "app", image: `registry.example/${name}:1.0.0`, env, resources }] };
}

export function deployment(scenario: Scenario, index: number): KrmObject {
  const labels = { app: templateOf(scenario, index) };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: nameOf(index), namespace: namespaceOf(index), labels: { app: nameOf(index) } },
    spec: {
      replicas: scenario.podsEach,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(scenario, index) },
    },
  };
}

export function deploymentStatus({ podsEach }: Scenario, generation: number): JsonObject {
  return {
    observedGeneration: generation,
    replicas: podsEach,
    updatedReplicas: podsEach,
    readyReplicas: podsEach,
    availableReplicas: podsEach,
    conditions: [{ type: "Available", status: "True" }],
  };
}

const owned = (kind: string, name: string, uid: string) => ({
  apiVersion: "apps/v1",
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

export function replicaSet(scenario: Scenario, index: number, deploymentUid: string): KrmObject {
  const labels = { app: templateOf(scenario, index), "pod-template-hash": "6d4f8b" };
  const name = nameOf(index);
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-6d4f8b`,
      namespace: namespaceOf(index),
      labels,
      ownerReferences: [owned("Deployment", name, deploymentUid)],
    },
    spec: {
      replicas: scenario.podsEach,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(scenario, index) },
    },
  };
}

export function newPod(scenario: Scenario, index: number): JsonObject {
  const labels = { app: templateOf(scenario, index), "pod-template-hash": "6d4f8b" };
  return { apiVersion: "v1", kind: "Pod", metadata: { labels }, spec: podSpec(scenario, index) };
}

export function pod(scenario: Scenario, index: number, at: number, setUid: string, injected: JsonObject): KrmObject {
  const name = `${nameOf(index)}-6d4f8b`;
  const { metadata, spec } = injected as { metadata: JsonObject; spec: JsonObject };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      name: `${name}-${String(at).padStart(5, "a")}`,
      namespace: namespaceOf(index),
      ownerReferences: [owned("ReplicaSet", name, setUid)],
    },
    spec: { ...spec, serviceAccountName: "default", nodeName: `node-${(index + at) % 50}` },
  };
}

export const podStatus: JsonObject = {
  phase: "Running",
  conditions: [
    { type: "Ready", status: "True" },
    { type: "ContainersReady", status: "True" },
  ],
};
