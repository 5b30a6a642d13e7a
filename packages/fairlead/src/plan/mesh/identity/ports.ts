import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { MeshPort } from "../model/intent.ts";
import type { DiscoverySettings } from "../model/settings.ts";
import { isHttp } from "./protocol.ts";
import { workloadRef } from "./refs.ts";
import type { TargetPort } from "./service-ports.ts";
import type { Target } from "./targets.ts";

export interface HostPorts {
  /** Sorted by number. */
  readonly ports: readonly MeshPort[];
  /** The number to connect to at a target for each port by name; a target may lack some. */
  dials(target: Target): { readonly [name: string]: number };
  readonly findings: readonly Finding[];
}

/**
 * The ports of a host that several targets serve, oldest first: those of all of them, under their own numbers. The first
 * HTTP port of each is port 80 too, unless it has one. Where two disagree on a protocol, the older one counts.
 */
export function hostPorts(targets: readonly Target[], host: string, settings: DiscoverySettings): HostPorts {
  if (settings.ports === "first") return firstPort(targets);
  const findings: Finding[] = [];
  const protocols = new Map<number, string>();
  for (const target of targets) {
    const served = withMain(target);
    for (const [number, port] of served) {
      const taken = protocols.get(number);
      if (taken === undefined) protocols.set(number, port.protocol);
      else if (taken !== port.protocol && number === port.number) {
        findings.push(
          meshFinding("FL808", {
            message: `port ${number} of ${host} is ${taken} elsewhere, and ${port.protocol} at ${place(target)}: ${taken} counts`,
            object: workloadRef(target.workload),
          }),
        );
      }
    }
    for (const left of target.leftOut) {
      findings.push(
        meshFinding("FL808", {
          severity: "info",
          message: `port ${left.port} (${left.protocol}) of ${place(target)} is not part of ${host}: only TCP is`,
          object: workloadRef(target.workload),
        }),
      );
    }
  }
  const ports = [...protocols.keys()]
    .sort((a, b) => a - b)
    .map((number) => ({ number, name: portName(number, protocols.get(number)!), protocol: protocols.get(number)! }));
  const dials = (target: Target) => {
    const served = withMain(target);
    const result: { [name: string]: number } = {};
    for (const { number, name } of ports) {
      const port = served.get(number);
      if (port !== undefined) result[name] = port.dial;
    }
    return result;
  };
  for (const target of targets) {
    const own = dials(target);
    const missing = ports.filter(({ name }) => !Object.hasOwn(own, name)).map(({ number }) => number);
    if (missing.length === 0) continue;
    findings.push(
      meshFinding("FL808", {
        severity: "info",
        message: `${place(target)} does not serve port ${missing.join(", ")} of ${host}`,
        object: workloadRef(target.workload),
      }),
    );
  }
  return { ports, dials, findings };
}

/** The same in all clusters, whatever their Services call it. */
export function portName(number: number, protocol: string): string {
  return `${protocol.toLowerCase()}-${number}`;
}

/** By the number that clients use: its own ports, and 80 for the first HTTP port. */
function withMain(target: Target): ReadonlyMap<number, TargetPort> {
  const served = new Map(target.ports.map((port) => [port.number, port]));
  const main = target.ports.find(({ protocol }) => isHttp(protocol));
  if (main !== undefined && !served.has(80)) served.set(80, main);
  return served;
}

function firstPort(targets: readonly Target[]): HostPorts {
  const protocol = targets[0]?.ports[0]?.protocol ?? "http";
  return {
    ports: [{ number: 80, name: protocol, protocol }],
    dials: (target) => ({ [protocol]: target.ports[0]!.dial }),
    findings: [],
  };
}

function place({ workload, name }: Target): string {
  return `${workload.namespace}/${name} in cluster ${workload.cluster}`;
}
