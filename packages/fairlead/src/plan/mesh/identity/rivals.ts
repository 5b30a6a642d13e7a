import type { WorkloadFact } from "../model/facts.ts";
import type { Fleet } from "../model/fleet.ts";
import { baseHost } from "./hosts.ts";
import { olderFirst } from "./sources.ts";

/**
 * The identity that a host belongs to, if it is not this one's: `west.prd.orders.global` is `prd.orders` in environment
 * `west`, and what a policy puts in front of `orders` in `prd`. Whatever ends in the base host of an environment may be a
 * name of it; of all identities that this is true of, the one with the oldest workload has the name, so that nobody takes
 * one over by choosing an identity with dots in it, and no host is ever planned by two keys. `oldest` is the oldest
 * workload of the environment that the host is planned for. Undefined: the host is this identity's.
 */
export function rivalOf(host: string, identity: string, oldest: WorkloadFact, fleet: Fleet): string | undefined {
  let rival: string | undefined;
  let first = oldest;
  for (const other of fleet.identitiesOf(host)) {
    if (other === identity) continue;
    for (const found of oldestBehind(host, other, fleet)) {
      if (olderFirst(found, first) >= 0) continue;
      first = found;
      rival = other;
    }
  }
  return rival;
}

/** The oldest workload of each claim of an identity whose base host a host ends in. */
function oldestBehind(host: string, identity: string, fleet: Fleet): readonly WorkloadFact[] {
  const facts = fleet.identity(identity);
  const name = host.toLowerCase();
  return (facts?.claims ?? []).flatMap(({ env, serving }) => {
    const oldest = serving[0]!;
    const base = baseHost(facts!.name, env, oldest, fleet.settings).toLowerCase();
    return name === base || name.endsWith(`.${base}`) ? [oldest] : [];
  });
}
