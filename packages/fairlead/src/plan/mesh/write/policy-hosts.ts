import type { PolicyFact } from "../model/facts.ts";
import type { HostIntent } from "../model/intent.ts";

/** Whether a RoutingPolicy is for a host: those it lists, or else the base host of its env; for its own namespace only. */
export function isForHost(policy: PolicyFact, host: HostIntent): boolean {
  if (host.role === "region" || host.role === "pod") return false;
  if (!host.backends.some(({ namespace }) => namespace === policy.namespace)) return false;
  const listed = policy.spec["hosts"];
  if (Array.isArray(listed) && listed.length > 0)
    return listed.some((name) => typeof name === "string" && name.toLowerCase() === host.host.toLowerCase());
  return host.role === "base" && (policy.env === "" || policy.env === host.env);
}
