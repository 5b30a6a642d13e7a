import { compareText } from "@fairlead/apimachinery";
import type { Labels, ServiceFact, ServicePort, WorkloadFact } from "../model/facts.ts";
import type { ClusterFacts, Fleet } from "../model/fleet.ts";
import type { MeshSettings } from "../model/settings.ts";
import { protocolOf } from "./protocol.ts";
import { isTcp, servicePorts, type TargetPort } from "./service-ports.ts";
import { canaryWeights } from "./canary-weights.ts";

/** One address that serves an identity in one cluster. */
export interface Target {
  readonly workload: WorkloadFact;
  /** Of the Service, or of the object that names the address. */
  readonly name: string;
  /** As its own cluster reaches it. */
  readonly address: string;
  /** TCP ports in the order of the Service. Never empty. */
  readonly ports: readonly TargetPort[];
  readonly weight: number | undefined;
  readonly external: boolean;
  /** Ports that cannot be part of a name: not TCP. */
  readonly leftOut: readonly ServicePort[];
}

/** What a workload serves: by the name itself, as a new version alone, as a preview alone. */
export interface Serving {
  readonly stable: readonly Target[];
  readonly canary: readonly Target[];
  readonly preview: readonly Target[];
  /** Further Services with ports that the first one lacks, each under a name of its own. */
  readonly further: readonly Target[];
}

const templateHash = "rollouts-pod-template-hash";

/** The targets of a workload; all empty if no Service with a TCP port selects it. */
export function servingOf(workload: WorkloadFact, identity: string, fleet: Fleet): Serving {
  const { settings } = fleet;
  const services = servicesOf(workload, identity, fleet);
  const cluster = fleet.cluster(workload.cluster);
  const domain = cluster?.clusterDomain ?? "cluster.local";
  const target = (service: ServiceFact | undefined, weight?: number): Target[] => {
    if (service === undefined) return [];
    const ports = servicePorts(service, workload, settings);
    if (ports.length === 0) return [];
    const address = `${service.name}.${service.namespace}.svc.${domain}${absolute(settings)}`;
    const leftOut = service.ports.filter((port) => !isTcp(port));
    return [{ workload, name: service.name, address, ports, weight, external: false, leftOut }];
  };
  const named = (name: string) => services.find((service) => service.name === name);
  const primary = () => primaryOf(services, workload, settings);

  const { rollout } = workload;
  if (rollout?.strategy === "blueGreen") {
    const active = named(rollout.activeService) ?? services.find(({ name }) => name.includes("active-service"));
    const preview = rollout.previewService === active?.name ? undefined : named(rollout.previewService);
    return { stable: target(active), canary: [], preview: target(preview), further: [] };
  }
  if (rollout?.strategy === "canary") {
    const stable = named(rollout.stableService);
    const canary = rollout.canaryService === rollout.stableService ? undefined : named(rollout.canaryService);
    if (rollout.virtualServices.length === 0 || stable === undefined) {
      const root =
        stable ??
        services.find(({ name }) => name.includes("root-service")) ??
        services.find(({ name }) => name.includes("stable-service")) ??
        primary();
      return { stable: target(root), canary: [], preview: [], further: [] };
    }
    const weights = canary === undefined ? undefined : canaryWeights(workload, rollout, fleet);
    const both =
      weights === undefined || weights.canary <= 0
        ? target(stable)
        : weights.stable <= 0
          ? target(canary)
          : [...target(stable, weights.stable), ...target(canary, weights.canary)];
    return { stable: both, canary: target(canary), preview: [], further: [] };
  }

  const own = target(primary());
  const numbers = new Set(own.flatMap(({ ports }) => ports.map(({ number }) => number)));
  // The predecessor has one port of one Service. A headless Service is there for pods, which have names of their own.
  const further =
    settings.discovery.ports === "first"
      ? []
      : services
          .filter(({ name, headless }) => !headless && name !== own[0]?.name)
          .flatMap((service) => target(service))
          .filter(({ ports }) => own.length > 0 && ports.some(({ number }) => !numbers.has(number)));
  return { stable: own.length > 0 ? own : directTargets(workload), canary: [], preview: [], further };
}

/** Addresses that a WorkloadEntry or an external ServiceEntry names itself. */
function directTargets(workload: WorkloadFact): Target[] {
  const ports = (workload.ports ?? []).filter(isTcp);
  return (workload.endpoints ?? []).flatMap((endpoint) => {
    const own = ports.map((port) => ({
      number: port.port,
      dial: portNamed(endpoint.ports, port.name) ?? (typeof port.targetPort === "number" ? port.targetPort : port.port),
      protocol: protocolOf(port, ports.length === 1),
    }));
    if (own.length === 0 || endpoint.address === "") return [];
    const external = workload.kind === "ServiceEntry";
    const { name } = workload;
    return [
      {
        workload,
        name,
        address: endpoint.address,
        ports: own,
        weight: endpoint.weight || undefined,
        external,
        leftOut: [],
      },
    ];
  });
}

function portNamed(ports: { readonly [name: string]: number }, name: string): number | undefined {
  return Object.hasOwn(ports, name) ? ports[name] : undefined;
}

/** Services that select a workload, oldest first. */
export function servicesOf(workload: WorkloadFact, identity: string, fleet: Fleet): readonly ServiceFact[] {
  const { discovery } = fleet.settings;
  const labels = discovery.serviceMatch === "labels" ? workload.labels : workload.selector;
  return fleet
    .services(workload.cluster, workload.namespace)
    .filter((service) => !service.ignored && selects(service.selector, labels))
    .filter((service) => {
      if (!discovery.identityOnServices || !Object.hasOwn(service.labels, discovery.identityKey)) return true;
      return service.labels[discovery.identityKey]!.toLowerCase() === identity;
    })
    .toSorted((a, b) => compareText(a.createdAt, b.createdAt) || compareText(a.name, b.name));
}

function selects(selector: Labels, labels: Labels): boolean {
  let pairs = 0;
  for (const key in selector) {
    if (!Object.hasOwn(selector, key) || key === templateHash) continue;
    if (labels[key] !== selector[key] || !Object.hasOwn(labels, key)) return false;
    pairs++;
  }
  return pairs > 0;
}

/** The oldest with a port of the mesh; one with an address of its own before a headless one. */
function primaryOf(
  services: readonly ServiceFact[],
  workload: WorkloadFact,
  settings: MeshSettings,
): ServiceFact | undefined {
  const usable = services.filter((service) => servicePorts(service, workload, settings).length > 0);
  if (settings.discovery.ports === "first") return usable[0];
  return usable.find(({ headless }) => !headless) ?? usable[0];
}

/** The dot that tells a resolver to look no further. */
export function absolute({ gateways }: MeshSettings): string {
  return gateways.absoluteNames && gateways.absoluteLocalNames ? "." : "";
}

/** Where a cluster stands, for targets of a cluster that nobody knows any more. */
export function placeOfCluster(cluster: ClusterFacts | undefined): { readonly region: string; readonly zone: string } {
  const zone = cluster?.zones.length === 1 ? cluster.zones[0]! : "";
  return { region: cluster?.region ?? "", zone };
}
