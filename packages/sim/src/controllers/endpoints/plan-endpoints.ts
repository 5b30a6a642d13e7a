import { equal, get, isObject, textOf, type JsonArray, type JsonObject } from "@fairlead/apimachinery";
import { asKind, type Pod } from "../common/objects.ts";
import { isReady } from "../common/pods.ts";
import { targetPort } from "./plan-slices.ts";

export type EndpointsPlan =
  | { readonly kind: "none" }
  | { readonly kind: "create" | "update"; readonly object: JsonObject };

const managedBy = "endpoints.kubernetes.io/managed-by";

/** The Endpoints of a Service: what came before EndpointSlices, and what older clients still read. */
export function planEndpoints(
  service: JsonObject,
  pods: readonly JsonObject[],
  live: JsonObject | undefined,
): EndpointsPlan {
  const { name, namespace } = service["metadata"] as JsonObject;
  const subsets = subsetsOf(service, pods);
  const own = get(service["metadata"], "labels");
  const isHeadless = get(service["spec"], "clusterIP") === "None";
  const labels = {
    ...(isObject(own) ? own : {}),
    [managedBy]: "endpoint-controller",
    ...(isHeadless ? { "service.kubernetes.io/headless": "" } : {}),
  };
  if (live === undefined) {
    const metadata = { name: name!, namespace: namespace!, labels };
    return {
      kind: "create",
      object: { apiVersion: "v1", kind: "Endpoints", metadata, ...(subsets.length === 0 ? {} : { subsets }) },
    };
  }
  const isSame = equal(live["subsets"] ?? [], subsets) && equal(get(live["metadata"], "labels") ?? {}, labels);
  if (isSame) return { kind: "none" };
  const metadata = { ...(live["metadata"] as JsonObject), labels };
  const { subsets: _before, ...rest } = live;
  return { kind: "update", object: { ...rest, metadata, ...(subsets.length === 0 ? {} : { subsets }) } };
}

function subsetsOf(service: JsonObject, pods: readonly JsonObject[]): JsonArray {
  const always = get(service["spec"], "publishNotReadyAddresses") === true;
  const groups = new Map<string, { ports: JsonArray; addresses: JsonObject[]; notReadyAddresses: JsonObject[] }>();
  const sorted = [...pods].sort((a, b) => (addressOf(a) < addressOf(b) ? -1 : 1));
  for (const pod of sorted) {
    const phase = get(pod["status"], "phase");
    const { name, namespace, uid, deletionTimestamp } = pod["metadata"] as JsonObject;
    if (addressOf(pod) === "" || phase === "Succeeded" || phase === "Failed" || deletionTimestamp !== undefined)
      continue;
    const ports = portsOf(service, pod);
    const id = JSON.stringify(ports);
    const group = groups.get(id) ?? { ports, addresses: [], notReadyAddresses: [] };
    const nodeName = textOf(get(pod["spec"], "nodeName"));
    const address = {
      ip: addressOf(pod),
      ...(nodeName === "" ? {} : { nodeName }),
      targetRef: { kind: "Pod", namespace: namespace!, name: name!, uid: uid! },
    };
    if (always || isReady(asKind<Pod>(pod))) group.addresses.push(address);
    else group.notReadyAddresses.push(address);
    groups.set(id, group);
  }
  return [...groups.values()].map(({ ports, addresses, notReadyAddresses }) => ({
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
    ...(ports.length === 0 ? {} : { ports }),
  }));
}

function addressOf(pod: JsonObject): string {
  return textOf(get(pod["status"], "podIP"));
}

function portsOf(service: JsonObject, pod: JsonObject): JsonArray {
  const ports = get(service["spec"], "ports");
  return (Array.isArray(ports) ? ports : []).flatMap((port) => {
    const number = targetPort(port, pod);
    const name = textOf(get(port, "name"));
    const appProtocol = textOf(get(port, "appProtocol"));
    if (number === undefined) return [];
    return [
      {
        ...(name === "" ? {} : { name }),
        port: number,
        protocol: textOf(get(port, "protocol")) || "TCP",
        ...(appProtocol === "" ? {} : { appProtocol }),
      },
    ];
  });
}
