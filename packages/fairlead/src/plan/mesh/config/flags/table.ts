import { coreFlags, operatorFlags } from "./core-flags.ts";
import type { CompatFlag, FlagValue } from "../../../shared/pflag/flag.ts";
import type { FlagTable } from "../../../shared/pflag/parse-flags.ts";
import { meshConfigFinding } from "../findings.ts";
import { routingFlags, serviceFlags } from "./mesh-flags.ts";

/** The predecessor's flags by subject, as the reference shows them. */
export const flagGroups: readonly (readonly [subject: string, flags: readonly CompatFlag[]])[] = [
  ["The process, the clusters, state", coreFlags],
  ["Names, workloads, policies, addresses, traffic", serviceFlags],
  ["Routing, filters, copies", routingFlags],
  ["The operator and the state syncer", operatorFlags],
];

/** Every flag that the predecessor accepts. */
export const compatFlags: readonly CompatFlag[] = flagGroups.flatMap(([, flags]) => flags);

const byName = new Map(compatFlags.map((flag) => [flag.name, flag]));
export const flagTable: FlagTable = {
  flags: compatFlags,
  unknown: (message, hint) => meshConfigFinding("FL824", { message, ...(hint !== undefined && { hint }) }),
  bad: (message) => meshConfigFinding("FL825", { message }),
};

export function flagNamed(name: string): CompatFlag | undefined {
  return byName.get(name);
}

/** What flags say: those that were given, and the defaults of all others. */
export interface FlagValues {
  has(name: string): boolean;
  bool(name: string): boolean;
  number(name: string): number;
  text(name: string): string;
  list(name: string): readonly string[];
  map(name: string): { readonly [key: string]: string };
}

export function flagValues(given: ReadonlyMap<string, FlagValue>): FlagValues {
  const value = (name: string): FlagValue => given.get(name) ?? byName.get(name)!.default;
  return {
    has: (name) => given.has(name),
    bool: (name) => value(name) as boolean,
    number: (name) => value(name) as number,
    text: (name) => value(name) as string,
    list: (name) => value(name) as readonly string[],
    map: (name) => value(name) as { readonly [key: string]: string },
  };
}
