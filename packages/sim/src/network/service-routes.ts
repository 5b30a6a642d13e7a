import { asKind, asJson, type Kinded, type Pod } from "../controllers/common/objects.ts";
import { isReady, isTerminal } from "../controllers/common/pods.ts";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Places } from "./places.ts";

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly targetPort?: number | string;
}

export interface Service extends Kinded {
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly externalName?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
    readonly publishNotReadyAddresses?: boolean;
  };
}

interface NetworkPod extends Pod {
  readonly spec: Pod["spec"] & {
    readonly hostname?: string;
    readonly subdomain?: string;
    readonly containers?: readonly {
      readonly name: string;
      readonly ports?: readonly {
        readonly name?: string;
        readonly containerPort: number;
        readonly protocol?: string;
      }[];
    }[];
  };
  readonly status?: NonNullable<Pod["status"]> & { readonly podIP?: string };
}

export interface Target {
  readonly address: string;
  readonly port: number;
}

export interface PortRoute {
  readonly name: string;
  /** As the Service calls it. */
  readonly port: number;
  readonly targets: readonly Target[];
}

export interface PodRoute {
  readonly address: string;
  /** Its name below the Service's; empty if it has none. */
  readonly hostname: string;
  /** Its ports that are others on this machine, where no rule says which. */
  readonly ports: ReadonlyMap<number, number>;
}

export interface ServiceRoute {
  /** Without an address of its own: its names lead to the pods. */
  readonly headless: boolean;
  /** Of type ExternalName: the name that it stands for. */
  readonly alias?: string;
  readonly ports: readonly PortRoute[];
  /** Those that it leads to. */
  readonly pods: readonly PodRoute[];
}

export interface RouteInput {
  readonly service: Service;
  /** Of its namespace. */
  readonly pods: readonly JsonObject[];
  /** The EndpointSlices of a Service without a selector, in which somebody says where it leads to. */
  readonly slices?: readonly JsonObject[];
  /** Whether a program listens at a pod's address. */
  readonly isReal: (pod: JsonObject) => boolean;
  readonly places: Pick<Places, "podPort" | "podPorts">;
}

export function selects(service: Service, pod: Kinded): boolean {
  const selector = Object.entries(service.spec.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

/** Where the ports of a Service lead at present: to the ready pods that it selects. Only TCP is carried. */
export function serviceRoute(input: RouteInput): ServiceRoute {
  const { service, pods, isReal, places } = input;
  if (service.spec.type === "ExternalName") {
    return { headless: true, alias: service.spec.externalName ?? "", ports: [], pods: [] };
  }
  if (Object.keys(service.spec.selector ?? {}).length === 0) return routeOfSlices(input);
  const { ports = [], clusterIP, publishNotReadyAddresses = false } = service.spec;
  const ready = pods
    .map((pod) => asKind<NetworkPod>(pod))
    .filter((pod) => selects(service, pod) && isReal(asJson(pod)) && !isTerminal(pod))
    .filter((pod) => publishNotReadyAddresses || (isReady(pod) && pod.metadata.deletionTimestamp === undefined))
    .filter((pod) => (pod.status?.podIP ?? "") !== "");
  return {
    headless: clusterIP === "None",
    pods: ready.map((pod) => ({
      address: pod.status!.podIP!,
      ports: places.podPorts(pod.metadata.uid),
      hostname: pod.spec.subdomain === service.metadata.name ? (pod.spec.hostname ?? "") : "",
    })),
    ports: ports
      .filter(({ protocol = "TCP" }) => protocol === "TCP")
      .map((port) => ({
        name: port.name ?? "",
        port: port.port,
        targets: ready.flatMap((pod) => {
          const target = targetPort(port, pod);
          return target === undefined
            ? []
            : [{ address: pod.status!.podIP!, port: places.podPort(pod.metadata.uid, target) }];
        }),
      })),
  };
}

interface EndpointSlice extends Kinded {
  readonly addressType?: string;
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly hostname?: string;
    readonly conditions?: { readonly ready?: boolean };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[];
}

function routeOfSlices({ service, slices = [] }: RouteInput): ServiceRoute {
  const known = slices.map((one) => asKind<EndpointSlice>(one)).filter((one) => one.addressType === "IPv4");
  const ready = known.flatMap(({ endpoints = [], ports = [] }) =>
    endpoints
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses, hostname = "" }) => addresses.map((address) => ({ address, hostname, ports }))),
  );
  return {
    headless: service.spec.clusterIP === "None",
    pods: ready.map(({ address, hostname }) => ({ address, hostname, ports: new Map<number, number>() })),
    ports: (service.spec.ports ?? [])
      .filter(({ protocol = "TCP" }) => protocol === "TCP")
      .map(({ name = "", port }) => ({
        name,
        port,
        targets: ready.flatMap(({ address, ports }) => {
          const target = ports.find((one) => (one.name ?? "") === name)?.port;
          return target === undefined ? [] : [{ address, port: target }];
        }),
      })),
  };
}

function targetPort({ port, targetPort: target = port }: ServicePort, { spec }: NetworkPod): number | undefined {
  if (typeof target === "number") return target === 0 ? port : target;
  const all = [...(spec.containers ?? [])].flatMap(({ ports = [] }) => ports);
  return all.find(({ name, protocol = "TCP" }) => name === target && protocol === "TCP")?.containerPort;
}
