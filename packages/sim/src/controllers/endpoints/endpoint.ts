import { get, textOf, type JsonArray, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { asKind, type Pod } from "../common/objects.ts";
import { isReady } from "../common/pods.ts";

export type AddressType = "IPv4" | "IPv6";

/** Those that a Service has, in its order. */
export function addressTypesOf(service: JsonObject): readonly AddressType[] {
  const families = get(service["spec"], "ipFamilies");
  const known = (Array.isArray(families) ? families : []).filter((one) => one === "IPv4" || one === "IPv6");
  if (known.length > 0) return known;
  const address = textOf(get(service["spec"], "clusterIP"));
  if (address === "" || address === "None") return ["IPv4", "IPv6"];
  return [address.includes(":") ? "IPv6" : "IPv4"];
}

/** Neither ended nor without an address; pods that are being deleted only where told. */
export function isEndpoint(pod: JsonObject, withTerminating: boolean): boolean {
  const phase = get(pod["status"], "phase");
  if (phase === "Succeeded" || phase === "Failed") return false;
  if (addressesOf(pod, "IPv4").length === 0 && addressesOf(pod, "IPv6").length === 0) return false;
  return withTerminating || get(pod["metadata"], "deletionTimestamp") === undefined;
}

/** A pod's addresses of a family. */
export function addressesOf(pod: JsonObject, type: AddressType): readonly string[] {
  const list = get(pod["status"], "podIPs");
  const addresses = Array.isArray(list) ? list.map((one) => textOf(get(one, "ip"))) : [];
  const all = addresses.length === 0 ? [textOf(get(pod["status"], "podIP"))] : addresses;
  return all.filter((one) => one !== "" && one.includes(":") === (type === "IPv6"));
}

/** An endpoint of an EndpointSlice; undefined for a pod without an address of the family. */
export function endpointOf(
  pod: JsonObject,
  service: JsonObject,
  node: JsonObject | undefined,
  type: AddressType,
): JsonObject | undefined {
  const addresses = addressesOf(pod, type);
  if (addresses.length === 0) return undefined;
  const { name, namespace, uid, deletionTimestamp } = pod["metadata"] as JsonObject;
  const always = get(service["spec"], "publishNotReadyAddresses") === true;
  const serving = isReady(asKind<Pod>(pod));
  const terminating = deletionTimestamp !== undefined;
  const nodeName = textOf(get(pod["spec"], "nodeName"));
  const zone = textOf(get(get(node?.["metadata"], "labels"), "topology.kubernetes.io/zone"));
  const hostname = hostnameIn(pod, service);
  return {
    addresses: [...addresses],
    conditions: { ready: always || (serving && !terminating), serving, terminating },
    ...(hostname === "" ? {} : { hostname }),
    targetRef: { kind: "Pod", namespace: namespace!, name: name!, uid: uid! },
    ...(nodeName === "" ? {} : { nodeName }),
    ...(zone === "" ? {} : { zone }),
  };
}

/** The name that a pod has within a Service: its `hostname`, if its `subdomain` is the Service. */
export function hostnameIn(pod: JsonObject, service: JsonObject): string {
  const isWithin = get(pod["spec"], "subdomain") === get(service["metadata"], "name");
  return isWithin ? textOf(get(pod["spec"], "hostname")) : "";
}

/** The Service's ports as this pod serves them: named target ports are looked up in its containers. */
export function endpointPorts(service: JsonObject, pod: JsonObject): JsonArray {
  const ports = get(service["spec"], "ports");
  return (Array.isArray(ports) ? ports : []).flatMap((port) => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    const appProtocol = get(port, "appProtocol");
    return [
      {
        name: textOf(get(port, "name")),
        protocol: textOf(get(port, "protocol")) || "TCP",
        port: number,
        ...(appProtocol === undefined ? {} : { appProtocol }),
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
      if (list === "initContainers" && get(container, "restartPolicy") !== "Always") continue;
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

/** Ports in an order of their own, as text: the same for the same ports. */
export function portsId(ports: JsonValue | undefined): string {
  const list = Array.isArray(ports) ? ports : [];
  const fields = ["name", "protocol", "port", "appProtocol"] as const;
  return JSON.stringify(list.map((port) => JSON.stringify(fields.map((field) => get(port, field) ?? ""))).sort());
}
