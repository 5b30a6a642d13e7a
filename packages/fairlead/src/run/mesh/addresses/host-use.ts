import { get, isObject } from "@fairlead/apimachinery";
import type { Fleet, MeshKey } from "../../../plan/mesh/model/fleet.ts";
import type { MeshPlan } from "../../../plan/mesh/model/plan.ts";
import { writtenAddresses } from "../../../plan/mesh/plan-fleet.ts";

/** Which hosts plans have, and what addresses they have in clusters. */
export interface HostUse {
  planned(plan: MeshPlan): void;
  /** Hosts, in lower case, of plans and of what is written. */
  inUse(fleet: Fleet): ReadonlySet<string>;
  /** Addresses that hosts have in written objects; of all hosts that are written if none are named. */
  written(fleet: Fleet, hosts: readonly string[] | undefined): ReadonlyMap<string, readonly string[]>;
  /** Keys that have a plan. */
  keys(): number;
}

export function hostUse(): HostUse {
  const hostsOf = new Map<MeshKey, readonly string[]>();
  const keyOf = new Map<string, MeshKey>();

  return {
    planned({ key, clusters, needsAddresses }) {
      const hosts = new Set(needsAddresses.map((host) => host.toLowerCase()));
      for (const { desired } of clusters) {
        for (const object of desired)
          if (object.kind === "ServiceEntry") for (const host of hostsIn(object)) hosts.add(host);
      }
      for (const host of hostsOf.get(key) ?? []) if (keyOf.get(host) === key) keyOf.delete(host);
      for (const host of hosts) keyOf.set(host, key);
      if (hosts.size > 0 || clusters.length > 0) hostsOf.set(key, [...hosts]);
      else hostsOf.delete(key);
    },
    inUse(fleet) {
      const used = new Set<string>();
      for (const [key, hosts] of hostsOf) {
        for (const host of hosts) used.add(host);
        for (const { object, kind } of fleet.written(key)) {
          if (kind === "ServiceEntry") for (const host of hostsIn(object)) used.add(host);
        }
      }
      return used;
    },
    written(fleet, hosts) {
      if (hosts === undefined) return writtenAddresses(fleet);
      const found = new Map<string, readonly string[]>();
      for (const name of hosts) {
        const host = name.toLowerCase();
        const key = keyOf.get(host);
        const addresses = key === undefined ? undefined : writtenAddresses(fleet, [key]).get(host);
        if (addresses !== undefined) found.set(host, addresses);
      }
      return found;
    },
    keys: () => hostsOf.size,
  };
}

function hostsIn(object: unknown): string[] {
  const spec = get(object, "spec");
  const hosts = isObject(spec) ? spec["hosts"] : undefined;
  return Array.isArray(hosts) ? hosts.flatMap((host) => (typeof host === "string" ? [host.toLowerCase()] : [])) : [];
}
