import type { WorkloadFact } from "../model/facts.ts";
import type { DiscoverySettings } from "../model/settings.ts";

/** The environment of a workload: annotation, label, label `env`, the namespace's last part where that counts, `default`. */
export function envOf(workload: WorkloadFact, settings: DiscoverySettings): string {
  const { envKey } = settings;
  const named = own(workload.annotations, envKey) ?? own(workload.labels, envKey) ?? own(workload.labels, "env");
  if (named !== undefined) return named;
  const dash = workload.namespace.lastIndexOf("-");
  if (settings.envFromNamespace && dash >= 0 && dash < workload.namespace.length - 1) {
    return workload.namespace.slice(dash + 1);
  }
  return "default";
}

function own(map: { readonly [key: string]: string }, key: string): string | undefined {
  const value = Object.hasOwn(map, key) ? map[key] : undefined;
  return value === "" ? undefined : value;
}
