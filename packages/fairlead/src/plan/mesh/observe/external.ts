import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { ExternalEndpoint, Labels, ServicePort, WorkloadFact } from "../model/facts.ts";
import type { MeshSettings, WorkloadKind } from "../model/settings.ts";
import { wantedKeys } from "./keys.ts";
import {
  finish,
  isWord,
  labelAt,
  labelsOf,
  limits,
  listAt,
  nameOf,
  objectAt,
  observed,
  placeOf,
  textsAt,
  wholeAt,
  type Omitted,
} from "./read.ts";
import { servicePorts } from "./service.ts";
import { handOverOf, isIgnored, isLookedAt } from "./workload.ts";

/** A WorkloadEntry: a machine that serves from outside Kubernetes, with a sidecar of its own. */
export function workloadEntryFact(
  object: JsonObject,
  cluster: string,
  settings: MeshSettings,
): WorkloadFact | undefined {
  if (!isLookedAt("WorkloadEntry", cluster, settings)) return undefined;
  const omitted: Omitted = [];
  const spec = objectAt(object, "spec");
  // What Services and the injector's selectors see is `spec.labels`; the object's own fill in.
  const own = labelsOf(objectAt(object, "metadata")["labels"], "metadata.labels", omitted, wantedKeys(settings));
  const selected = labelsOf(spec["labels"], "spec.labels", omitted, wantedKeys(settings));
  const endpoint = endpointOf(spec, omitted);
  const ports = Object.entries(endpoint?.ports ?? {}).map(([name, port]): ServicePort => portOf(name, port));
  const labels: Labels = { ...own, ...selected };
  return external(object, cluster, "WorkloadEntry", settings, omitted, {
    labels,
    selector: selected,
    serviceAccount: nameOf(spec["serviceAccount"]) || "default",
    endpoints: endpoint === undefined ? [] : [endpoint],
    ports,
  });
}

/**
 * A ServiceEntry of a user for something outside every mesh, that is given an identity by a label or annotation: without
 * one it is left alone, and so is one whose endpoints are in the mesh.
 */
export function serviceEntryFact(
  object: JsonObject,
  cluster: string,
  settings: MeshSettings,
): WorkloadFact | undefined {
  const spec = objectAt(object, "spec");
  if (!isLookedAt("ServiceEntry", cluster, settings) || spec["location"] === "MESH_INTERNAL") return undefined;
  const omitted: Omitted = [];
  const ports = servicePorts(spec, "spec.ports", omitted).map((port): ServicePort => {
    const udp = port.protocol.toUpperCase() === "UDP";
    return { ...port, protocol: udp ? "UDP" : "TCP", appProtocol: udp ? "" : port.protocol.toLowerCase() };
  });
  const listed = listAt(spec, "endpoints", limits.endpoints, "spec.endpoints", omitted);
  const endpoints = listed.map((item) => endpointOf(item, omitted)).filter((one) => one !== undefined);
  const hosts = textsAt(spec, "hosts", limits.hosts, "spec.hosts", omitted).filter((host) => !host.includes("*"));
  return external(object, cluster, "ServiceEntry", settings, omitted, {
    labels: labelsOf(objectAt(object, "metadata")["labels"], "metadata.labels", omitted, wantedKeys(settings)),
    selector: {},
    serviceAccount: "",
    endpoints: listed.length > 0 ? endpoints : hosts.map((address) => plainEndpoint(address)),
    ports,
  });
}

type Parts = Pick<WorkloadFact, "labels" | "selector" | "serviceAccount"> & {
  readonly endpoints: readonly ExternalEndpoint[];
  readonly ports: readonly ServicePort[];
};

function external(
  object: JsonObject,
  cluster: string,
  kind: WorkloadKind,
  settings: MeshSettings,
  omitted: Omitted,
  parts: Parts,
): WorkloadFact | undefined {
  const place = placeOf(object, cluster);
  if (place === undefined) return undefined;
  const metadata = objectAt(object, "metadata");
  const annotations = labelsOf(metadata["annotations"], "metadata.annotations", [], wantedKeys(settings), isWord);
  const fact: WorkloadFact = {
    fact: "workload",
    ...observed(place, object, isIgnored(object, parts.labels, settings)),
    kind,
    annotations,
    containerPorts: [],
    handOver: handOverOf(annotations),
    ...parts,
  };
  return finish(fact, omitted);
}

function endpointOf(value: JsonValue, omitted: Omitted): ExternalEndpoint | undefined {
  const endpoint = isObject(value) ? value : {};
  const address = nameOf(endpoint["address"]);
  if (address === "") {
    omitted.push("address");
    return undefined;
  }
  const ports: [string, number][] = [];
  const listed = endpoint["ports"];
  for (const name of isObject(listed) ? Object.keys(listed).slice(0, limits.ports) : []) {
    const port = wholeAt(listed as JsonObject, name, 1, 65_535);
    if (port !== undefined && nameOf(name) !== "") ports.push([name, port]);
  }
  return {
    address,
    ports: Object.fromEntries(ports),
    locality: nameOf(endpoint["locality"]),
    weight: wholeAt(endpoint, "weight", 0, 4_294_967_295),
    network:
      nameOf(endpoint["network"]) ||
      (labelAt(labelsOf(get(endpoint, "labels"), "", []), "topology.istio.io/network") ?? ""),
  };
}

function plainEndpoint(address: string): ExternalEndpoint {
  return { address, ports: {}, locality: "", weight: undefined, network: "" };
}

function portOf(name: string, port: number): ServicePort {
  return { name, port, targetPort: port, protocol: "TCP", appProtocol: "", nodePort: 0 };
}
