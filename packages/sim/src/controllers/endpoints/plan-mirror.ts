import {
  canonicalJson,
  equal,
  get,
  isObject,
  textOf,
  type JsonArray,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { portsId, type AddressType } from "./endpoint.ts";
import { endpointsIn } from "./pack-slices.ts";
import type { SliceAction } from "./plan-slices.ts";
import { repackSubsets } from "./repack-subsets.ts";

export const mirrorManager = "endpointslicemirroring-controller.k8s.io";

const mostAddresses = 1000;
const skipped = [
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
];

export interface MirrorPlan {
  readonly actions: readonly SliceAction[];
  /** Events about the Endpoints: reason and message. */
  readonly warnings: readonly (readonly [reason: string, message: string])[];
}

/** Whether Endpoints are to be mirrored, if a Service without a selector has their name. */
export function isMirrored(endpoints: JsonObject): boolean {
  const { labels, annotations } = endpoints["metadata"] as JsonObject;
  return (
    get(labels, "endpointslice.kubernetes.io/skip-mirror") !== "true" &&
    get(annotations, "control-plane.alpha.kubernetes.io/leader") === undefined
  );
}

/** EndpointSlices that say what Endpoints say which somebody wrote by hand: one for each subset and family. */
export function planMirror(endpoints: JsonObject, slices: readonly JsonObject[]): MirrorPlan {
  const subsets = endpoints["subsets"];
  const wanted = new Map<string, { type: AddressType; ports: JsonArray; endpoints: JsonObject[] }>();
  let left = 0;
  for (const subset of repackSubsets(Array.isArray(subsets) ? subsets : [])) {
    const ports = portsOf(subset);
    const all = addressesIn(subset);
    for (const [address, ready] of all.slice(0, mostAddresses)) {
      const ip = textOf(get(address, "ip"));
      const type = ip.includes(":") ? "IPv6" : "IPv4";
      const id = `${type} ${portsId(ports)}`;
      const group = wanted.get(id) ?? { type, ports, endpoints: [] };
      wanted.set(id, group);
      group.endpoints.push(endpointOf(address, ip, ready));
    }
    left += Math.max(0, all.length - mostAddresses);
  }
  const creates: JsonObject[] = [];
  const updates: JsonObject[] = [];
  const deletes = new Set(slices);
  for (const [id, group] of wanted) {
    const there = slices.find((one) => `${textOf(one["addressType"])} ${portsId(one["ports"])}` === id);
    if (there === undefined) creates.push(newSlice(endpoints, group));
    else {
      deletes.delete(there);
      const next = { ...newSlice(endpoints, group), metadata: metadataOf(endpoints, there) };
      if (!isSame(there, next)) updates.push(next);
    }
  }
  // What would be deleted is used again for what would be created.
  for (const slice of deletes) {
    const at = creates.findIndex((one) => one["addressType"] === slice["addressType"]);
    if (at < 0) continue;
    deletes.delete(slice);
    updates.push({ ...creates.splice(at, 1)[0]!, metadata: metadataOf(endpoints, slice) });
  }
  const message = `A max of ${mostAddresses} addresses can be mirrored to EndpointSlices per Endpoints subset. ${left} addresses were skipped`;
  return {
    actions: [
      ...creates.map((slice): SliceAction => ({ kind: "create", slice })),
      ...updates.map((slice): SliceAction => ({ kind: "update", slice })),
      ...[...deletes].map((slice): SliceAction => ({ kind: "delete", slice })),
    ],
    warnings: left === 0 ? [] : [["TooManyAddressesToMirror", message]],
  };
}

function addressesIn(subset: JsonValue): readonly (readonly [address: JsonValue, ready: boolean])[] {
  const of = (field: string, ready: boolean): (readonly [JsonValue, boolean])[] => {
    const list = get(subset, field);
    return (Array.isArray(list) ? list : []).map((one) => [one, ready] as const);
  };
  return [...of("addresses", true), ...of("notReadyAddresses", false)];
}

function portsOf(subset: JsonValue): JsonArray {
  const ports = get(subset, "ports");
  return (Array.isArray(ports) ? ports : []).map((port) => ({
    name: textOf(get(port, "name")),
    protocol: textOf(get(port, "protocol")) || "TCP",
    port: get(port, "port") ?? 0,
    ...(get(port, "appProtocol") === undefined ? {} : { appProtocol: get(port, "appProtocol")! }),
  }));
}

function endpointOf(address: JsonValue, ip: string, ready: boolean): JsonObject {
  const [hostname, nodeName] = ["hostname", "nodeName"].map((key) => textOf(get(address, key))) as [string, string];
  const targetRef = get(address, "targetRef");
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === "" ? {} : { hostname }),
    ...(nodeName === "" ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}

function isSame(a: JsonObject, b: JsonObject): boolean {
  const text = (slice: JsonObject): string =>
    canonicalJson(
      endpointsIn(slice)
        .map((one) => canonicalJson(one))
        .sort(),
    );
  return text(a) === text(b) && equal(a["metadata"]!, b["metadata"]!);
}

/** Labels and annotations of the Endpoints, which own the slice. */
function metadataOf(endpoints: JsonObject, there?: JsonObject): JsonObject {
  const { name, namespace, uid, labels, annotations } = endpoints["metadata"] as JsonObject;
  const { annotations: _, ...before } = there === undefined ? {} : (there["metadata"] as JsonObject);
  const kept = Object.entries(isObject(annotations) ? annotations : {}).filter(([key]) => !skipped.includes(key));
  return {
    ...before,
    ...(there === undefined ? { generateName: `${textOf(name)}-`, namespace: namespace! } : {}),
    labels: {
      ...(isObject(labels) ? labels : {}),
      "kubernetes.io/service-name": name!,
      "endpointslice.kubernetes.io/managed-by": mirrorManager,
    },
    ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }),
    ownerReferences: [
      { apiVersion: "v1", kind: "Endpoints", name: name!, uid: uid!, controller: true, blockOwnerDeletion: true },
    ],
  };
}

function newSlice(
  endpoints: JsonObject,
  group: { readonly type: AddressType; readonly ports: JsonArray; readonly endpoints: readonly JsonObject[] },
): JsonObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: metadataOf(endpoints),
    addressType: group.type,
    ports: group.ports,
    endpoints: group.endpoints.slice(0, mostAddresses),
  };
}
