import type { JsonObject } from "@fairlead/apimachinery";

/** How pods behave, on nodes that kwok plays and on simulated ones: both read annotations. */
export const neverReady = { "fairlead.test/pod": "never-ready", "sim.fairlead.dev/ready": "never" };

export interface PodOptions {
  readonly labels?: JsonObject;
  readonly annotations?: JsonObject;
  readonly spec?: JsonObject;
  readonly ports?: readonly JsonObject[];
  readonly requests?: JsonObject;
  readonly finalizers?: readonly string[];
}

export function pod(name: string, options: PodOptions = {}): JsonObject {
  const { labels = { app: "web" }, annotations = {}, spec = {}, ports = [], requests = {}, finalizers = [] } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels, annotations, ...(finalizers.length === 0 ? {} : { finalizers: [...finalizers] }) },
    spec: { containers: [{ name: "web", image: "a:1", ports: [...ports], resources: { requests } }], ...spec },
  };
}

export function service(name: string, spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: "v1", kind: "Service", metadata: { name, ...metadata }, spec };
}

export function configMap(name: string, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data: {} };
}

export function deployment(name: string, replicas: number, requests: JsonObject = {}): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "web", image: "a:1", resources: { requests } }] },
      },
    },
  };
}

export const ready = { status: { conditions: { type: "Ready", status: "True" } } };
export const running = { status: { phase: "Running" } };
