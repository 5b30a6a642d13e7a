import { equal, get, isObject, textOf, type JsonArray, type JsonObject } from "@fairlead/apimachinery";
import { asKind, type Pod } from "../common/objects.ts";
import { isReady } from "../common/pods.ts";
import { addressesOf, addressTypesOf, endpointPorts, hostnameIn, isEndpoint } from "./endpoint.ts";
import { repackSubsets } from "./repack-subsets.ts";
import { withTriggerTime } from "./trigger-times.ts";

export type EndpointsPlan =
  | { readonly kind: "none" }
  | { readonly kind: "create" | "update"; readonly object: JsonObject };

export interface EndpointsObservation {
  readonly service: JsonObject;
  readonly pods: readonly JsonObject[];
  readonly live: JsonObject | undefined;
  /** What began the change, in the format of its annotation. */
  readonly trigger: string | undefined;
}

/** The Endpoints of a Service: what came before EndpointSlices, and what older clients still read. */
export function planEndpoints({ service, pods, live, trigger }: EndpointsObservation): EndpointsPlan {
  const { name, namespace } = service["metadata"] as JsonObject;
  const subsets = subsetsOf(service, pods);
  const labels = labelsOf(service);
  const isSame =
    live !== undefined &&
    equal(repackSubsets((live["subsets"] ?? []) as JsonArray), subsets) &&
    equal(get(live["metadata"], "labels") ?? {}, labels);
  if (isSame) return { kind: "none" };
  const { subsets: _before, ...rest } = live ?? { apiVersion: "v1", kind: "Endpoints" };
  const before = live === undefined ? { name: name!, namespace: namespace! } : (live["metadata"] as JsonObject);
  const metadata = withTriggerTime({ ...before, labels }, trigger);
  return {
    kind: live === undefined ? "create" : "update",
    object: { ...rest, metadata, ...(subsets.length === 0 ? {} : { subsets }) },
  };
}

function labelsOf(service: JsonObject): JsonObject {
  const labels = get(service["metadata"], "labels");
  const { "service.kubernetes.io/headless": _, ...own } = isObject(labels) ? labels : {};
  const address = textOf(get(service["spec"], "clusterIP"));
  return {
    ...own,
    "endpoints.kubernetes.io/managed-by": "endpoint-controller",
    ...(address === "" || address === "None" ? { "service.kubernetes.io/headless": "" } : {}),
  };
}

function subsetsOf(service: JsonObject, pods: readonly JsonObject[]): JsonArray {
  const always = get(service["spec"], "publishNotReadyAddresses") === true;
  const type = addressTypesOf(service)[0]!;
  const declared = get(service["spec"], "ports");
  const isBare = !Array.isArray(declared) || declared.length === 0;
  const isHeadless = get(service["spec"], "clusterIP") === "None";
  const subsets = pods.flatMap((pod): JsonArray => {
    const [ip] = addressesOf(pod, type);
    if (ip === undefined || !isEndpoint(pod, always)) return [];
    const field = always || isReady(asKind<Pod>(pod)) ? "addresses" : "notReadyAddresses";
    const addresses = { [field]: [addressOf(pod, ip, hostnameIn(pod, service))] };
    if (isBare) return isHeadless ? [addresses] : [];
    return endpointPorts(service, pod).map((port) => ({ ...addresses, ports: [portOf(port as JsonObject)] }));
  });
  return repackSubsets(subsets);
}

function addressOf(pod: JsonObject, ip: string, hostname: string): JsonObject {
  const { name, namespace, uid } = pod["metadata"] as JsonObject;
  const nodeName = textOf(get(pod["spec"], "nodeName"));
  return {
    ip,
    ...(hostname === "" ? {} : { hostname }),
    ...(nodeName === "" ? {} : { nodeName }),
    targetRef: { kind: "Pod", namespace: namespace!, name: name!, uid: uid! },
  };
}

function portOf(port: JsonObject): JsonObject {
  const { name, ...rest } = port;
  return name === "" ? rest : { name: name!, ...rest };
}
