import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { NamedPlace } from "../network/names.ts";
import type { SocketPlace } from "../proxy/mesh-proxy.ts";
import { isVisible, type MeshService, type MeshTable } from "../proxy/mesh-table.ts";

const domain = "svc.cluster.local";
const httpProtocols = new Set(["HTTP", "HTTP2", "GRPC", "GRPC-WEB"]);

/** Istio's own port for traffic between clusters. */
const gatewayPort = 15443;

/** `region`, or `region/zone` if all nodes are in one; empty as long as none says so. */
export function localityOfNodes(nodes: Iterable<JsonObject>): string {
  const zones = new Map<string, Set<string>>();
  let most = "";
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const labels = get(node["metadata"], "labels");
    const region = textOf(get(labels, "topology.kubernetes.io/region"));
    if (region === "") continue;
    zones.set(region, (zones.get(region) ?? new Set()).add(textOf(get(labels, "topology.kubernetes.io/zone"))));
    counts.set(region, (counts.get(region) ?? 0) + 1);
    if (most === "" || counts.get(region)! > counts.get(most)!) most = region;
  }
  const [zone = "", ...others] = zones.get(most) ?? [];
  return zone === "" || others.length > 0 ? most : `${most}/${zone}`;
}

/** The addresses of a cluster's gateways: what its Services with the port for it are reached at, as they say. */
export function gatewayAddresses(services: Iterable<JsonObject>): readonly string[] {
  const found: string[] = [];
  for (const { spec, status } of services) {
    if (!objectsOf(get(spec, "ports")).some((port) => port["port"] === gatewayPort)) continue;
    const ingress = objectsOf(get(get(status, "loadBalancer"), "ingress"));
    found.push(...ingress.flatMap(({ hostname, ip }) => [textOf(hostname), textOf(ip)]).filter((one) => one !== ""));
    const external = get(spec, "externalIPs");
    if (Array.isArray(external)) found.push(...external.map(textOf));
  }
  return found;
}

/** Names with and without the dot at their end are the same. */
export const plainName = (address: string): string => address.toLowerCase().replace(/\.$/, "");

/** By address, to which other cluster an endpoint leads as its label says. */
export function labelledClusters(table: MeshTable): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { address, labels } of servicesOf(table).flatMap(({ endpoints }) => endpoints)) {
    const cluster = labels["topology.istio.io/cluster"];
    if (cluster !== undefined && cluster !== table.cluster) found.set(plainName(address), cluster);
  }
  return found;
}

/**
 * The names that programs of a namespace find, each leading to the sidecar. They end as the namespace's own names do,
 * which is what a program's short name is completed with first: so every namespace has its own.
 */
export function meshNames(table: MeshTable, namespace: string, sidecar: SocketPlace): ReadonlyMap<string, NamedPlace> {
  const names = new Map<string, NamedPlace>();
  for (const service of servicesOf(table)) {
    const ports = service.ports.filter(({ protocol }) => httpProtocols.has(protocol));
    if (ports.length === 0 || service.host.startsWith("*") || !isVisible(service, namespace)) continue;
    names.set(`${service.host}.${namespace}.${domain}`, {
      addresses: [sidecar.host],
      ports: Object.fromEntries(ports.map(({ number }) => [number, sidecar.port])),
    });
  }
  return names;
}

function servicesOf(table: MeshTable): readonly MeshService[] {
  return [...table.services.values()].flat();
}

function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
