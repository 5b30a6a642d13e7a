import { get, isObject, textOf, type JsonArray, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { asKind, type Pod } from "../common/objects.ts";
import { isReady } from "../common/pods.ts";

export interface SlicesObservation {
  readonly service: JsonObject;
  /** Selected by the Service, in its namespace. */
  readonly pods: readonly JsonObject[];
  readonly nodes: ReadonlyMap<string, JsonObject>;
  /** Slices of the Service that this controller wrote. */
  readonly slices: readonly JsonObject[];
}

export type SliceAction =
  | { readonly kind: "create"; readonly slice: JsonObject }
  | { readonly kind: "update"; readonly slice: JsonObject }
  | { readonly kind: "delete"; readonly slice: JsonObject };

const mostEndpoints = 100;
export const manager = "endpointslice-controller.k8s.io";

interface Group {
  readonly ports: JsonArray;
  readonly endpoints: JsonObject[];
}

/** The EndpointSlices of a Service: up to 100 endpoints each, one group for each set of resolved ports. */
export function planSlices({ service, pods, nodes, slices }: SlicesObservation): readonly SliceAction[] {
  const groups = new Map<string, Group>();
  const always = get(service["spec"], "publishNotReadyAddresses") === true;
  for (const pod of [...pods].sort(byName)) {
    if (textOf(get(pod["status"], "podIP")) === "" || isOver(pod)) continue;
    const ports = portsOf(service, pod);
    const id = JSON.stringify(ports);
    const group = groups.get(id) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(pod, nodes, always));
    groups.set(id, group);
  }
  // A Service without endpoints has one slice without them, too.
  if (groups.size === 0) groups.set("", { ports: [], endpoints: [] });
  return [...groups.values()].length === 0 ? [] : reconcile(service, [...groups.values()], slices);
}

function reconcile(
  service: JsonObject,
  groups: readonly Group[],
  slices: readonly JsonObject[],
): readonly SliceAction[] {
  const actions: SliceAction[] = [];
  const left = new Set(slices);
  for (const { ports, endpoints } of groups) {
    for (let start = 0; start === 0 || start < endpoints.length; start += mostEndpoints) {
      const wanted = endpoints.slice(start, start + mostEndpoints);
      const there =
        [...left].find((slice) => isSame(slice["ports"], ports)) ??
        [...left].find((slice) => isSame(slice["ports"], []));
      if (there === undefined) {
        actions.push({ kind: "create", slice: sliceOf(service, ports, wanted) });
        continue;
      }
      left.delete(there);
      const slice = { ...sliceOf(service, ports, wanted), metadata: withLabels(there, service) };
      if (
        !isSame(there["endpoints"], wanted) ||
        !isSame(there["ports"], ports) ||
        !isSame(there["metadata"], slice.metadata)
      ) {
        actions.push({ kind: "update", slice });
      }
    }
  }
  for (const slice of left) actions.push({ kind: "delete", slice });
  return actions;
}

function isSame(a: JsonValue | undefined, b: JsonValue): boolean {
  return JSON.stringify(a ?? []) === JSON.stringify(b);
}

function byName(a: JsonObject, b: JsonObject): number {
  const [left, right] = [a, b].map((pod) => textOf(get(pod["metadata"], "name"))) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}

function isOver(pod: JsonObject): boolean {
  const phase = get(pod["status"], "phase");
  return phase === "Succeeded" || phase === "Failed";
}

function endpointOf(pod: JsonObject, nodes: ReadonlyMap<string, JsonObject>, always: boolean): JsonObject {
  const { name, namespace, uid, deletionTimestamp } = pod["metadata"] as JsonObject;
  const serving = isReady(asKind<Pod>(pod));
  const terminating = deletionTimestamp !== undefined;
  const nodeName = textOf(get(pod["spec"], "nodeName"));
  const zone = textOf(get(get(nodes.get(nodeName)?.["metadata"], "labels"), "topology.kubernetes.io/zone"));
  const hostname = textOf(get(pod["spec"], "hostname"));
  const subdomain = textOf(get(pod["spec"], "subdomain"));
  return {
    addresses: [textOf(get(pod["status"], "podIP"))],
    conditions: { ready: always || (serving && !terminating), serving, terminating },
    ...(hostname !== "" && subdomain !== "" ? { hostname } : {}),
    targetRef: { kind: "Pod", namespace: namespace!, name: name!, uid: uid! },
    ...(nodeName === "" ? {} : { nodeName }),
    ...(zone === "" ? {} : { zone }),
  };
}

/** The Service's ports as this pod serves them: named target ports are looked up in its containers. */
function portsOf(service: JsonObject, pod: JsonObject): JsonArray {
  const ports = get(service["spec"], "ports");
  return (Array.isArray(ports) ? ports : []).flatMap((port) => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    const appProtocol = textOf(get(port, "appProtocol"));
    return [
      {
        name: textOf(get(port, "name")),
        protocol: textOf(get(port, "protocol")) || "TCP",
        port: number,
        ...(appProtocol === "" ? {} : { appProtocol }),
      },
    ];
  });
}

/** The number behind a Service's port in a pod; undefined where a name is nobody's. */
export function targetPort(port: JsonValue, pod: JsonObject): number | undefined {
  const target = get(port, "targetPort") ?? get(port, "port");
  if (typeof target === "number") return target;
  const protocol = textOf(get(port, "protocol")) || "TCP";
  for (const list of ["containers", "initContainers"]) {
    const containers = get(pod["spec"], list);
    for (const container of Array.isArray(containers) ? containers : []) {
      const ports = get(container, "ports");
      const found = (Array.isArray(ports) ? ports : []).find(
        (one) => get(one, "name") === target && (textOf(get(one, "protocol")) || "TCP") === protocol,
      );
      const number = get(found, "containerPort");
      if (typeof number === "number") return number;
    }
  }
  return undefined;
}

function labelsOf(service: JsonObject): JsonObject {
  const labels = get(service["metadata"], "labels");
  const isHeadless = get(service["spec"], "clusterIP") === "None";
  return {
    ...(isObject(labels) ? labels : {}),
    "endpointslice.kubernetes.io/managed-by": manager,
    "kubernetes.io/service-name": textOf(get(service["metadata"], "name")),
    ...(isHeadless ? { "service.kubernetes.io/headless": "" } : {}),
  };
}

function withLabels(slice: JsonObject, service: JsonObject): JsonObject {
  return { ...(slice["metadata"] as JsonObject), labels: labelsOf(service) };
}

function sliceOf(service: JsonObject, ports: JsonArray, endpoints: readonly JsonObject[]): JsonObject {
  const { name, namespace, uid } = service["metadata"] as JsonObject;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${textOf(name)}-`,
      namespace: namespace!,
      labels: labelsOf(service),
      ownerReferences: [
        { apiVersion: "v1", kind: "Service", name: name!, uid: uid!, controller: true, blockOwnerDeletion: true },
      ],
    },
    addressType: "IPv4",
    ports,
    endpoints: [...endpoints],
  };
}
