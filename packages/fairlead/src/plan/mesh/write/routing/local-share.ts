import { get, isObject } from "@fairlead/apimachinery";
import type { HostIntent } from "../../model/intent.ts";
import { nameFor } from "../mark.ts";
import type { IdentityInput } from "../output.ts";

/**
 * How many percent of the requests of a cluster's own callers its own Services get; undefined: all, and nothing is
 * said of elsewhere. Weights of regions decide; without them the predecessor's active cluster, if another one is.
 */
export function localShare(input: IdentityInput, host: HostIntent, cluster: string): number | undefined {
  const region = input.fleet.cluster(cluster)?.region ?? "";
  if (region === "") return undefined;
  const { locality } = host.traffic;
  if (locality.kind === "regions") {
    const weight = locality.targets.find((target) => target.region === region)?.weight ?? 0;
    return weight >= 100 ? undefined : weight;
  }
  return isPassive(input, host, cluster, region) ? 0 : undefined;
}

/** Whether the rule that stands for the base host sends everything to one other region. */
function isPassive({ fleet, key, intent }: IdentityInput, host: HostIntent, cluster: string, region: string): boolean {
  if (!fleet.settings.traffic.activePassive || new Set(host.backends.map((backend) => backend.region)).size < 2)
    return false;
  const base = intent.hosts.find(({ role, env }) => role === "base" && env === host.env);
  if (base === undefined) return false;
  const name = nameFor(base.host, "-default-dr");
  const rule = fleet
    .written(key)
    .find((fact) => fact.cluster === cluster && fact.kind === "DestinationRule" && fact.name === name);
  const policy = get(get(rule?.object, "spec"), "trafficPolicy");
  const distribute = get(get(get(policy, "loadBalancer"), "localityLbSetting"), "distribute");
  if (!Array.isArray(distribute) || distribute.length !== 1) return false;
  const to = get(distribute[0], "to");
  return isObject(to) && !Object.hasOwn(to, region);
}
