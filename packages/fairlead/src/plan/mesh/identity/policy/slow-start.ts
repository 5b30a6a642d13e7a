import { get, type JsonValue } from "@fairlead/apimachinery";
import { seconds } from "../../../shared/duration.ts";
import type { PolicyFact } from "../../model/facts.ts";
import type { IdentityFacts } from "../../model/fleet.ts";
import type { MeshSettings } from "../../model/settings.ts";
import type { Environment } from "../sources.ts";
import { type Choice, newestFirst } from "./choice.ts";

/** The TrafficConfig of an environment: it stands beside the Dependencies, so namespaces do not count. */
export function chooseTrafficConfig(identity: IdentityFacts, { env }: Environment, settings: MeshSettings): Choice {
  if (!settings.traffic.slowStart) return { chosen: undefined, overruled: [] };
  const [chosen, ...overruled] = identity
    .policies("TrafficConfig")
    .filter((policy) => !policy.ignored && (policy.env === "" || policy.env.toLowerCase() === env.toLowerCase()))
    .toSorted(newestFirst);
  return { chosen, overruled };
}

/** How long new endpoints of an environment warm up, in seconds; undefined if nothing is said of it. */
export function slowStartSeconds(policy: PolicyFact | undefined, env: string): number | undefined {
  if (policy === undefined || get(policy.annotations, "isSlowStartDisabled") === "true") return undefined;
  const configs = get(get(policy.spec, "edgeService"), "slowStartConfig");
  for (const config of Array.isArray(configs) ? configs : []) {
    const selectors = get(config, "workloadEnvSelectors");
    if (!Array.isArray(selectors) || !selectors.some((one) => isEnv(one, env))) continue;
    const length = seconds(get(config, "duration"));
    return length === undefined || length < 0.001 ? undefined : length;
  }
  return undefined;
}

function isEnv(selector: JsonValue, env: string): boolean {
  return typeof selector === "string" && selector.toLowerCase() === env.toLowerCase();
}
