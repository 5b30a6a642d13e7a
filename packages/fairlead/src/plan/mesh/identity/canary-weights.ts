import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { integer, text } from "../../shared/read.ts";
import type { RolloutFact, WorkloadFact } from "../model/facts.ts";
import type { Fleet } from "../model/fleet.ts";

type Canary = Extract<RolloutFact, { strategy: "canary" }>;

export interface CanaryWeights {
  readonly stable: number;
  readonly canary: number;
}

/**
 * The weights of a canary between its two Services: as the VirtualService of its traffic routing says, whose route is
 * the named or the only one; else what the controller noted. Undefined: nobody says, all goes to the stable one.
 */
export function canaryWeights(workload: WorkloadFact, rollout: Canary, fleet: Fleet): CanaryWeights | undefined {
  const letter = fleet.settings.writing.marks === "predecessor";
  const rules = fleet.routingIn(workload.cluster, workload.namespace).filter(({ kind }) => kind === "VirtualService");
  // The predecessor looks at the first VirtualService and the first of its routes only.
  for (const named of letter ? rollout.virtualServices.slice(0, 1) : rollout.virtualServices) {
    const rule = rules.find(({ name }) => name === named.name);
    if (rule === undefined) continue;
    const routes = objects(get(rule.spec, "http"));
    const chosen =
      named.routes.length > 0 ? routes.filter((route) => text(get(route, "name")) === named.routes[0]) : routes;
    if (chosen.length !== 1) continue;
    let stable = 0;
    let canary = 0;
    let found = false;
    for (const route of objects(get(chosen[0], "route"))) {
      const host = text(get(get(route, "destination"), "host")) ?? "";
      const subset = letter ? undefined : text(get(get(route, "destination"), "subset"));
      const name = letter ? host : (serviceOf(subset, rollout) ?? bareName(host, workload.namespace));
      const weight = integer(get(route, "weight")) ?? 0;
      if (name === rollout.stableService) stable += weight;
      else if (name === rollout.canaryService) canary += weight;
      else continue;
      found = true;
    }
    if (found && stable + canary > 0) return { stable, canary };
  }
  if (letter || rollout.weight === undefined) return undefined;
  const canary = Math.min(100, Math.max(0, rollout.weight));
  return { stable: 100 - canary, canary };
}

/**
 * The Service with the pods of a subset. Argo Rollouts can split one Service by subsets of a DestinationRule, and keep
 * one Service for each version beside it; names of the mesh lead to those.
 */
function serviceOf(subset: string | undefined, { destinationRule, stableService, canaryService }: Canary) {
  if (subset === undefined || destinationRule === undefined) return undefined;
  return subset === destinationRule.stable
    ? stableService
    : subset === destinationRule.canary
      ? canaryService
      : undefined;
}

/**
 * Whether versions are told apart by subsets of one Service alone. What leads to a Service by its name, as every hop from
 * another cluster does, goes to pods of both versions by their number then.
 */
export function isSplitBySubsetsOnly({ rollout }: WorkloadFact): boolean {
  if (rollout?.strategy !== "canary" || rollout.destinationRule === undefined) return false;
  return rollout.stableService === "" || rollout.canaryService === "";
}

/** `pay` of `pay`, `pay.shop`, `pay.shop.svc.cluster.local`. */
function bareName(host: string, namespace: string): string {
  const [name = "", rest] = host.split(".", 2);
  return rest === undefined || rest === namespace ? name : host;
}

function objects(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
}
