import type { WorkloadFact } from "../model/facts.ts";
import type { Fleet } from "../model/fleet.ts";
import { olderFirst } from "./sources.ts";

const plainTemplate = "{env}.{identity}.{suffix}";

/**
 * Another identity that a host may be read as, with an older workload: `west.prd.orders.global` is `prd.orders` in
 * environment `west`, and what a policy puts in front of `orders` in `prd`. The name is the older one's, so that nobody
 * takes a name over by choosing an identity with dots in it. Undefined: the host is this identity's. Looked at are base
 * hosts of identities with dots, and single words in front of a base host.
 */
export function rivalOf(host: string, identity: string, oldest: WorkloadFact, fleet: Fleet): string | undefined {
  const { template, suffix } = fleet.settings.names;
  const ending = `.${identity}.${suffix.toLowerCase()}`;
  const name = host.toLowerCase();
  if (template !== plainTemplate || !name.endsWith(ending)) return undefined;
  const [first = "", second, ...more] = name.slice(0, -ending.length).split(".");
  if (second === undefined) {
    const dot = identity.indexOf(".");
    return dot < 0 ? undefined : older(identity.slice(dot + 1), identity.slice(0, dot), oldest, fleet);
  }
  return more.length > 0 ? undefined : older(`${second}.${identity}`, first, oldest, fleet);
}

/** The identity if it was in the environment before the workload. */
function older(identity: string, env: string, oldest: WorkloadFact, fleet: Fleet): string | undefined {
  const claims = fleet.identity(identity)?.claims ?? [];
  const own = claims.filter((claim) => claim.env.toLowerCase() === env);
  return own.some(({ serving }) => serving.some((one) => olderFirst(one, oldest) < 0)) ? identity : undefined;
}
