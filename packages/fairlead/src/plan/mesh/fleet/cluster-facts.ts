import { compareText, persistentGet, type PersistentMap } from "@fairlead/apimachinery";
import type { MeshFact, NamespaceFact, ServiceFact } from "../model/facts.ts";
import type { ClusterFacts, ClusterView, Gateway } from "../model/fleet.ts";
import type { GatewaySettings, MeshSettings } from "../model/settings.ts";
import { networkLabel } from "../observe/keys.ts";
import { labelAt } from "../observe/read.ts";
import { byAge } from "./order.ts";
import type { NamespaceState } from "./state.ts";

export interface ClusterParts {
  readonly name: string;
  readonly view: ClusterView;
  readonly namespaces: PersistentMap<NamespaceState>;
  readonly regions: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly meshes: readonly MeshFact[];
  readonly ambientNamespaces: number;
}

/** What a cluster is to others, from what is observed in it; settings say otherwise where they name it. */
export function clusterFacts(parts: ClusterParts, settings: MeshSettings): ClusterFacts {
  const { name, view, namespaces, meshes } = parts;
  const told = Object.hasOwn(settings.clusters, name) ? settings.clusters[name] : undefined;
  const root = persistentGet(namespaces, settings.gateways.namespace);
  const { region, zones } = placeOf(parts);
  const mesh = meshes.toSorted((a, b) => compareText(a.revision, b.revision)).at(0);
  const gateway = told?.gatewayAddress === undefined ? gatewayOf(name, root, settings.gateways) : undefined;
  return {
    name,
    region: told?.region ?? region,
    zones: told?.zones ?? zones,
    network: told?.network ?? networkOf(root?.fact, mesh),
    trustDomain: told?.trustDomain ?? (mesh?.trustDomain || "cluster.local"),
    clusterDomain: told?.domain ?? "cluster.local",
    gateway:
      told?.gatewayAddress === undefined
        ? gateway && { ...gateway, port: told?.gatewayPort ?? gateway.port }
        : { address: dotted(told.gatewayAddress, settings.gateways), port: told.gatewayPort ?? settings.gateways.port },
    dnsCapture: mesh?.dnsCapture,
    ambient: parts.ambientNamespaces > 0,
    view: told?.paused === true && view !== "unread" ? "paused" : view,
  };
}

/** The region of most nodes, and all of its zones. Of as many, the first by name. */
function placeOf({ regions }: ClusterParts): { region: string; zones: readonly string[] } {
  let region = "";
  let most = 0;
  for (const [name, zones] of regions) {
    let nodes = 0;
    for (const count of zones.values()) nodes += count;
    if (nodes > most || (nodes === most && name < region)) [region, most] = [name, nodes];
  }
  const zones = [...(regions.get(region)?.keys() ?? [])].filter((zone) => zone !== "").sort(compareText);
  return { region, zones };
}

function networkOf(root: NamespaceFact | undefined, mesh: MeshFact | undefined): string {
  return labelAt(root?.labels ?? {}, networkLabel) ?? mesh?.network ?? "";
}

/** The first selector that finds a Service with an address counts; of several Services, the oldest. */
function gatewayOf(cluster: string, root: NamespaceState | undefined, settings: GatewaySettings): Gateway | undefined {
  const own = Object.hasOwn(settings.overrides, cluster) ? settings.overrides[cluster] : undefined;
  const services = root?.services.toSorted(byAge) ?? [];
  for (const selector of own === undefined ? settings.selectors : [own, ...settings.selectors]) {
    for (const service of services) {
      if (service.ignored || !isLabelled(service, selector)) continue;
      const gateway = addressOf(service, settings);
      if (gateway !== undefined) return gateway;
    }
  }
  return undefined;
}

function isLabelled(service: ServiceFact, selector: { readonly [label: string]: string }): boolean {
  const pairs = Object.entries(selector);
  return pairs.length > 0 && pairs.every(([key, value]) => labelAt(service.labels, key) === value);
}

/** The load balancer's name or address; else an external address with the node port of the gateway's port. */
function addressOf(service: ServiceFact, settings: GatewaySettings): Gateway | undefined {
  const [balancer] = service.ingress;
  if (balancer !== undefined) return { address: dotted(balancer, settings), port: settings.port };
  const [external] = service.externalIPs;
  const port = service.ports.find((one) => one.port === settings.port);
  if (external === undefined || port === undefined) return undefined;
  return { address: external, port: port.nodePort || port.port };
}

const isAddress = /^[\d.]+$|:/;

/** A dot at the end of a host name keeps resolvers from trying their search domains. */
function dotted(address: string, { absoluteNames }: GatewaySettings): string {
  return absoluteNames && !isAddress.test(address) && !address.endsWith(".") ? `${address}.` : address;
}
