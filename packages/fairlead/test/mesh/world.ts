/** Fleets of manifests for tests, planned and written as the controller would do it. */
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../src/plan/mesh/fleet/create-fleet.ts";
import type { MeshKey } from "../../src/plan/mesh/model/fleet.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";

/** A fleet in which every host that is asked for has an address: listed ones, or the next of 240.0.10.1, …. */
export function world(
  settings: MeshSettings,
  changes: readonly FleetChange[],
  listed: { readonly [host: string]: readonly string[] } = {},
): FleetSnapshot {
  const addresses = new Map(Object.entries(listed));
  const store = (): FleetChange => ({ kind: "addresses", store: "addresses", hosts: new Map(addresses) });
  let { fleet } = createFleet(settings).with([...changes, store()]);
  let count = 0;
  const isDual = settings.addresses.ranges.some((range) => range.includes(":"));
  for (let round = 0; round < 4; round++) {
    const missing = [...fleet.keys()].flatMap((key) => planKey(fleet, key).needsAddresses);
    if (missing.length === 0) return fleet;
    for (const host of missing) {
      const number = ++count;
      const low = `${10 + Math.floor(number / 256)}.${number % 256}`;
      addresses.set(host, [`240.0.${low}`, ...(isDual ? [`fd00::${number.toString(16)}`] : [])]);
    }
    ({ fleet } = fleet.with([store()]));
  }
  throw new Error("hosts ask for addresses that they have");
}

export function plansOf(fleet: FleetSnapshot): ReadonlyMap<MeshKey, MeshPlan> {
  return new Map([...fleet.keys()].map((key) => [key, planKey(fleet, key)]));
}

/** The fleet after all plans have been written. */
export function afterWriting(fleet: FleetSnapshot): FleetSnapshot {
  const changes: FleetChange[] = [];
  for (const { clusters } of plansOf(fleet).values()) {
    for (const { cluster, desired } of clusters) {
      for (const object of desired) changes.push({ kind: "put", cluster, object });
    }
  }
  return fleet.with(changes).fleet;
}

/** An object of a plan by `Kind name`. */
export function plannedObject(plan: MeshPlan, cluster: string, title: string): KrmObject {
  const own = plan.clusters.find((one) => one.cluster === cluster);
  const match = own?.desired.find(({ kind, metadata }) => `${kind} ${metadata.name}` === title);
  const all = own?.desired.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  if (match === undefined) throw new Error(`${title} is not planned in ${cluster}; ${all?.join(", ") ?? "nothing is"}`);
  return match;
}

export function specOf(plan: MeshPlan, cluster: string, title: string): JsonObject {
  return plannedObject(plan, cluster, title)["spec"] as JsonObject;
}

/** `ADDRESS PORT=NUMBER …` of each endpoint. */
export function endpointsIn(plan: MeshPlan, cluster: string, host: string): readonly string[] {
  const endpoints = specOf(plan, cluster, `ServiceEntry ${host}-se`)["endpoints"] as JsonObject[];
  return endpoints.map(({ address, ports }) => {
    const numbers = Object.entries(ports as JsonObject).map(([name, number]) => `${name}=${String(number)}`);
    return [address, ...numbers].join(" ");
  });
}

interface Metadata {
  readonly labels?: JsonObject;
  readonly annotations?: JsonObject;
  readonly createdAt?: string;
}

function metadataOf(place: string, { labels, annotations, createdAt }: Metadata): JsonObject {
  const [, namespace, name] = place.split("/");
  return {
    name: name!,
    namespace: namespace!,
    creationTimestamp: createdAt ?? "2025-01-01T00:00:00Z",
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function put(place: string, object: JsonObject): FleetChange {
  return { kind: "put", cluster: place.split("/")[0]!, object };
}

export interface WorkloadText extends Metadata {
  readonly kind?: string;
  /** Of the pod template. */
  readonly template?: { readonly labels?: JsonObject; readonly annotations?: JsonObject };
  readonly pod?: JsonObject;
  readonly spec?: JsonObject;
}

/** A Deployment in the mesh at `CLUSTER/NAMESPACE/NAME`, of the identity, with label `app: NAME`. */
export function deployment(place: string, identity: string, text: WorkloadText = {}): FleetChange {
  const { kind = "Deployment", template, pod, spec } = text;
  const name = place.split("/")[2]!;
  const apiVersion = kind === "Rollout" ? "argoproj.io/v1alpha1" : kind === "Job" ? "batch/v1" : "apps/v1";
  return put(place, {
    apiVersion,
    kind,
    metadata: metadataOf(place, text),
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name, ...(identity === "" ? {} : { identity }), ...template?.labels },
          annotations: { "sidecar.istio.io/inject": "true", ...template?.annotations },
        },
        spec: { serviceAccountName: name, containers: [{ name: "main" }], ...pod },
      },
      ...spec,
    },
  });
}

export interface ServiceText extends Metadata {
  readonly selector?: JsonObject;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
}

/** Ports as `8080`, `http-web:8080`, `http:80>8080`, `dns:53/UDP`. */
export function service(place: string, ports: readonly (string | number)[], text: ServiceText = {}): FleetChange {
  return put(place, {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadataOf(place, text),
    spec: {
      selector: text.selector ?? { app: place.split("/")[2]! },
      ports: ports.map((port) => portOf(String(port))),
      ...text.spec,
    },
    ...(text.status === undefined ? {} : { status: text.status }),
  });
}

function portOf(text: string): JsonObject {
  const [, name, port, target, protocol] = /^(?:([^:]*):)?(\d+)(?:>(\w+))?(?:\/(\w+))?$/.exec(text)!;
  return {
    ...(name === undefined ? {} : { name }),
    port: Number(port),
    ...(target === undefined ? {} : { targetPort: /^\d+$/.test(target) ? Number(target) : target }),
    ...(protocol === undefined ? {} : { protocol }),
  };
}

/** A registered cluster with a node in a region and an east-west gateway. */
export function registered(
  name: string,
  region: string,
  address = `lb-${name.replace(/^c-/, "")}.acme.example`,
): FleetChange[] {
  const labels = { app: "istio-ingressgateway", istio: "eastwestgateway" };
  return [
    { kind: "cluster", cluster: name, view: "current" },
    put(`${name}//node`, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node", labels: { "topology.kubernetes.io/region": region } },
    }),
    service(`${name}/istio-system/gateway`, ["tls:15443"], {
      labels,
      status: { loadBalancer: { ingress: [{ hostname: address }] } },
    }),
  ];
}

/** Any object at `CLUSTER/NAMESPACE/NAME`. */
export function manifest(
  place: string,
  kind: string,
  spec: JsonObject,
  text: Metadata & { readonly apiVersion?: string } = {},
): FleetChange {
  const apiVersion = text.apiVersion ?? "admiral.io/v1alpha1";
  return put(place, { apiVersion, kind, metadata: metadataOf(place, text), spec });
}

export function dependency(source: string, destinations: readonly string[], more: JsonObject = {}): FleetChange {
  return manifest(`home/admiral/${source === "*" ? "everybody" : source}`, "Dependency", {
    source,
    destinations: [...destinations],
    ...more,
  });
}

export function policyOf(of: MeshPlan, cluster: string, rule: string): JsonValue | undefined {
  return get(specOf(of, cluster, `DestinationRule ${rule}`), "trafficPolicy");
}

export function localityOf(of: MeshPlan, cluster: string, rule: string): JsonValue | undefined {
  return get(get(policyOf(of, cluster, rule), "loadBalancer"), "localityLbSetting");
}

/** The names of an identity that a cluster knows. */
export function hostsOf(of: MeshPlan, cluster: string): readonly string[] {
  const own = of.clusters.find((one) => one.cluster === cluster)?.desired ?? [];
  return own.filter(({ kind }) => kind === "ServiceEntry").map(({ metadata }) => metadata.name!.slice(0, -3));
}
