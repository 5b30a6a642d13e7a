import type { JsonObject } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../src/plan/mesh/fleet/create-fleet.ts";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";

/** A fleet of nothing but these. */
export function fleetOf(changes: readonly FleetChange[], settings: MeshSettings = defaultSettings): FleetSnapshot {
  return createFleet(settings).with(changes).fleet;
}

/** Small objects of a fleet for tests: what a field says is all that differs from the plainest one. */
export interface WorkloadText {
  readonly cluster: string;
  readonly namespace?: string;
  readonly name: string;
  readonly kind?: string;
  readonly identity?: string | undefined;
  readonly labels?: JsonObject;
  readonly annotations?: JsonObject;
  /** Of the object itself. */
  readonly marks?: JsonObject;
  readonly createdAt?: string;
  readonly serviceAccount?: string;
  readonly spec?: JsonObject;
}

const apiVersions: { readonly [kind: string]: string } = {
  Rollout: "argoproj.io/v1alpha1",
  Job: "batch/v1",
};

export function workload(text: WorkloadText): FleetChange {
  const { cluster, name, kind = "Deployment", identity = name, labels, annotations, marks } = text;
  const named = identity === undefined || identity === "" ? {} : { identity };
  const injected = { "sidecar.istio.io/inject": "true" };
  const object: JsonObject = {
    apiVersion: apiVersions[kind] ?? "apps/v1",
    kind,
    metadata: {
      name,
      namespace: text.namespace ?? "shop",
      creationTimestamp: text.createdAt ?? "2026-01-01T00:00:00Z",
      ...(marks === undefined ? {} : { annotations: marks }),
    },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name, ...named, ...injected, ...labels },
          annotations: { ...injected, ...annotations },
        },
        spec: { serviceAccountName: text.serviceAccount ?? name, containers: [{ name: "main" }] },
      },
      ...text.spec,
    },
  };
  return { kind: "put", cluster, object };
}

export interface ServiceText {
  readonly cluster: string;
  readonly namespace?: string;
  readonly name: string;
  readonly selector?: JsonObject;
  readonly labels?: JsonObject;
  readonly ports?: JsonObject[];
  readonly createdAt?: string;
  readonly spec?: JsonObject;
  readonly ingress?: JsonObject[];
}

export function service(text: ServiceText): FleetChange {
  const { cluster, name } = text;
  const object: JsonObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace: text.namespace ?? "shop",
      labels: text.labels ?? {},
      creationTimestamp: text.createdAt ?? "2026-01-01T00:00:00Z",
    },
    spec: {
      selector: text.selector ?? { app: name },
      ports: text.ports ?? [{ name: "http", port: 80, targetPort: 8080 }],
      ...text.spec,
    },
    ...(text.ingress === undefined ? {} : { status: { loadBalancer: { ingress: text.ingress } } }),
  };
  return { kind: "put", cluster, object };
}

/** The gateway of a cluster, with an address. */
export function gateway(cluster: string, hostname = `${cluster}.example`): FleetChange {
  const labels = { app: "istio-ingressgateway", istio: "eastwestgateway" };
  const ports = [{ name: "tls", port: 15_443, nodePort: 31_443 }];
  return service({ cluster, namespace: "istio-system", name: "gateway", labels, ports, ingress: [{ hostname }] });
}

export function node(cluster: string, name: string, region: string, zone: string): FleetChange {
  const labels = { "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": zone };
  return { kind: "put", cluster, object: { apiVersion: "v1", kind: "Node", metadata: { name, labels } } };
}

export function namespace(
  cluster: string,
  name: string,
  labels: JsonObject = {},
  annotations: JsonObject = {},
): FleetChange {
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels, annotations } };
  return { kind: "put", cluster, object };
}

export function policy(
  cluster: string,
  name: string,
  metadata: JsonObject,
  spec: JsonObject = { policy: [{ dnsPrefix: "default" }] },
  kind = "GlobalTrafficPolicy",
): FleetChange {
  const object = {
    apiVersion: "admiral.io/v1alpha1",
    kind,
    metadata: { name, namespace: "shop", generation: 1, ...metadata },
    spec,
  };
  return { kind: "put", cluster, object };
}

export function dependency(name: string, source: string, destinations: string[], more: JsonObject = {}): FleetChange {
  const object = {
    apiVersion: "admiral.io/v1alpha1",
    kind: "Dependency",
    metadata: { name, namespace: "admiral", generation: 1 },
    spec: { source, destinations, ...more },
  };
  return { kind: "put", cluster: "home", object };
}

/** Any other object. */
export function put(
  cluster: string,
  apiVersion: string,
  kind: string,
  metadata: JsonObject,
  spec: JsonObject,
): FleetChange {
  return { kind: "put", cluster, object: { apiVersion, kind, metadata: { namespace: "shop", ...metadata }, spec } };
}

/** The object of a `put` is gone. */
export function gone(change: FleetChange): FleetChange {
  if (change.kind !== "put") throw new TypeError(`${change.kind} is no put`);
  return { ...change, kind: "delete" };
}
