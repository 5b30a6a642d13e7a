import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { integer, text } from "../../shared/read.ts";
import type { RolloutFact, WorkloadFact } from "../model/facts.ts";
import type { Fleet } from "../model/fleet.ts";

export interface CanaryWeights {
  readonly stable: number;
  readonly canary: number;
}

/**
 * The weights of a canary between its two Services: as the VirtualService of its traffic routing says, whose route is
 * the named or the only one; else what the controller noted. Undefined: nobody says, all goes to the stable one.
 */
export function canaryWeights(
  workload: WorkloadFact,
  rollout: Extract<RolloutFact, { strategy: "canary" }>,
  fleet: Fleet,
): CanaryWeights | undefined {
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
      const name = letter ? host : bareName(host, workload.namespace);
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

/** `pay` of `pay`, `pay.shop`, `pay.shop.svc.cluster.local`. */
function bareName(host: string, namespace: string): string {
  const [name = "", rest] = host.split(".", 2);
  return rest === undefined || rest === namespace ? name : host;
}

function objects(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
}
