import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject, ObjectRef } from "@fairlead/krm";
import type { ClusterPlan } from "../../../plan/mesh/model/plan.ts";
import { stepsOf, type Seen, type Step } from "./steps.ts";

/** What must be written so that a cluster is as planned, where names may be somebody else's. */
export function stepsBeside(plan: ClusterPlan, seen: Seen, isForeign: (object: ObjectRef) => boolean): Step[] {
  const steps = stepsOf(plan, seen);
  const foreign = steps.flatMap((step) =>
    step.kind === "create" && step.object.kind === "ServiceEntry" && isForeign(step.object) ? [step.desired] : [],
  );
  return foreign.length === 0 ? steps : stepsOf(withoutRulesOf(foreign, plan), seen);
}

/**
 * The plan without the rules of hosts whose entries are somebody else's in this cluster: they would shape what is not the
 * mesh's, or nothing at all. Nothing of the mesh is routed there either; a VirtualService goes when nothing of it is left.
 */
export function withoutRulesOf(entries: readonly KrmObject[], plan: ClusterPlan): ClusterPlan {
  const withheld = new Set(entries.flatMap(({ spec }) => hostsIn(spec as JsonObject)));
  return {
    ...plan,
    desired: plan.desired.flatMap((object) => {
      const spec = (object["spec"] ?? {}) as JsonObject;
      if (object.kind === "DestinationRule") return withheld.has(textOf(spec["host"]).toLowerCase()) ? [] : [object];
      if (object.kind !== "VirtualService") return [object];
      const left = withoutHosts(spec, withheld);
      return left === undefined ? [] : left === spec ? [object] : [{ ...object, spec: left }];
    }),
  };
}

/** The same object if it has nothing to do with the hosts, undefined if with nothing else. */
function withoutHosts(spec: JsonObject, withheld: ReadonlySet<string>): JsonObject | undefined {
  const hosts = hostsIn(spec);
  if (hosts.length > 0 && hosts.every((host) => withheld.has(host))) return undefined;
  const changed: JsonObject = {};
  if (hosts.some((host) => withheld.has(host))) {
    changed["hosts"] = (spec["hosts"] as JsonValue[]).filter((host) => !withheld.has(textOf(host).toLowerCase()));
  }
  const isLeft = (to: JsonValue): boolean => !withheld.has(textOf(get(get(to, "destination"), "host")).toLowerCase());
  for (const layer of layers) {
    const rules = spec[layer];
    if (!Array.isArray(rules)) continue;
    const left = rules.flatMap((rule): JsonValue[] => {
      const route = get(rule, "route");
      if (!isObject(rule) || !Array.isArray(route) || route.every(isLeft)) return [rule];
      const rest = route.filter(isLeft);
      return rest.length === 0 ? [] : [{ ...rule, route: rest }];
    });
    if (left.length === rules.length && left.every((rule, at) => rule === rules[at])) continue;
    changed[layer] = left;
  }
  if (Object.keys(changed).length === 0) return spec;
  const result = { ...spec, ...changed };
  return isRouted(spec) && !isRouted(result) ? undefined : result;
}

const layers = ["http", "tls", "tcp"];

function isRouted(spec: JsonObject): boolean {
  return layers.some((layer) => Array.isArray(spec[layer]) && spec[layer].length > 0);
}

function hostsIn(spec: JsonObject): string[] {
  const hosts = get(spec, "hosts");
  return Array.isArray(hosts) ? hosts.map((host) => textOf(host).toLowerCase()) : [];
}
