import type { WorkloadFact } from "../model/facts.ts";
import type { Fleet } from "../model/fleet.ts";
import { olderFirst } from "./sources.ts";

const plainTemplate = "{env}.{identity}.{suffix}";
const mostParts = 12;

/**
 * Another identity that a host may be read as, with an older workload: `west.prd.orders.global` is `prd.orders` in
 * environment `west`, and what a policy puts in front of `orders` in `prd`. The name is the older one's, so that nobody
 * takes a name over by choosing an identity with dots in it. Undefined: the host is this identity's.
 */
export function rivalOf(host: string, identity: string, oldest: WorkloadFact, fleet: Fleet): string | undefined {
  const { template, suffix } = fleet.settings.names;
  const ending = `.${suffix.toLowerCase()}`;
  const name = host.toLowerCase();
  if (template !== plainTemplate || !name.endsWith(ending)) return undefined;
  const parts = name.slice(0, -ending.length).split(".");
  for (let at = 0; at < parts.length - 1 && at < mostParts; at++) {
    const other = parts.slice(at + 1).join(".");
    if (other === identity) continue;
    for (const { env, serving } of fleet.identity(other)?.claims ?? []) {
      if (env.toLowerCase() !== parts[at]) continue;
      if (serving.some((workload) => olderFirst(workload, oldest) < 0)) return other;
    }
  }
  return undefined;
}
