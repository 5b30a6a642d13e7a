import type { HostPorts } from "../ports.ts";
import { portName } from "../ports.ts";
import type { Target } from "../targets.ts";
import type { Exporter } from "./exporters.ts";

export interface ExportPorts {
  readonly ports: HostPorts;
  /** In what the exports differ, one sentence each. */
  readonly conflicts: readonly string[];
}

/**
 * The ports of a Service that several clusters export, under their own numbers: the union of all of them. Where two
 * disagree on a port, the oldest export counts, and that is a conflict (KEP-1645, "Service Port").
 */
export function exportPorts(exporters: readonly Exporter[]): ExportPorts {
  const serving = exporters.filter(({ targets }) => targets.length > 0);
  const protocols = new Map<number, { readonly protocol: string; readonly cluster: string }>();
  const conflicts: string[] = [];
  for (const { fact, targets } of serving) {
    for (const { number, protocol } of targets[0]!.ports) {
      const taken = protocols.get(number);
      if (taken === undefined) protocols.set(number, { protocol, cluster: fact.cluster });
      else if (taken.protocol !== protocol) {
        const { cluster } = taken;
        conflicts.push(
          `port ${number} is ${taken.protocol} in cluster ${cluster}, whose export is older, and ${protocol} in ${fact.cluster}`,
        );
      }
    }
  }
  const numbers = [...protocols.keys()].sort((a, b) => a - b);
  for (const { fact, targets } of serving) {
    const missing = numbers.filter((number) => !targets[0]!.ports.some((port) => port.number === number));
    if (missing.length > 0) conflicts.push(`cluster ${fact.cluster} does not serve port ${missing.join(", ")}`);
  }
  const ports = numbers.map((number) => {
    const { protocol } = protocols.get(number)!;
    return { number, name: portName(number, protocol), protocol };
  });
  const dials = (target: Target) => {
    const result: { [name: string]: number } = {};
    for (const { number, name } of ports) {
      const port = target.ports.find((one) => one.number === number);
      if (port !== undefined) result[name] = port.dial;
    }
    return result;
  };
  return { ports: { ports, dials, findings: [] }, conflicts };
}
