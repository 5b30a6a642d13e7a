import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { RolloutFact } from "../model/facts.ts";
import { limits, listAt, nameOf, objectAt, textsAt, wholeAt, type Omitted } from "./read.ts";

/** The strategy of an Argo Rollout; undefined if it has none. */
export function rolloutOf(object: JsonObject, omitted: Omitted): RolloutFact | undefined {
  const spec = objectAt(object, "spec");
  const blueGreen = get(spec["strategy"], "blueGreen");
  if (isObject(blueGreen)) {
    return {
      strategy: "blueGreen",
      activeService: nameOf(blueGreen["activeService"]),
      previewService: nameOf(blueGreen["previewService"]),
    };
  }
  const canary = get(spec["strategy"], "canary");
  if (!isObject(canary)) return undefined;
  const routing = objectAt(canary, "trafficRouting");
  const istio = objectAt(routing, "istio");
  const rule = objectAt(istio, "destinationRule");
  const managed = listAt(
    routing,
    "managedRoutes",
    limits.hosts,
    "spec.strategy.canary.trafficRouting.managedRoutes",
    omitted,
  );
  return {
    strategy: "canary",
    stableService: nameOf(canary["stableService"]),
    canaryService: nameOf(canary["canaryService"]),
    virtualServices: virtualServices(istio, omitted),
    managedRoutes: managed.map((route) => nameOf(get(route, "name"))).filter((name) => name !== ""),
    ...(nameOf(rule["name"]) === ""
      ? {}
      : {
          destinationRule: {
            name: nameOf(rule["name"]),
            stable: nameOf(rule["stableSubsetName"]),
            canary: nameOf(rule["canarySubsetName"]),
          },
        }),
    weight: wholeAt(objectAt(object, "status", "canary", "weights", "canary"), "weight", 0, 100),
  };
}

function virtualServices(istio: JsonObject, omitted: Omitted): { name: string; routes: string[] }[] {
  const path = "spec.strategy.canary.trafficRouting.istio.virtualServices";
  const one = get(istio, "virtualService");
  const all = [...(isObject(one) ? [one] : []), ...listAt(istio, "virtualServices", limits.hosts, path, omitted)];
  return all
    .filter(isObject)
    .map((item) => ({ name: nameOf(item["name"]), routes: textsAt(item, "routes", limits.hosts, path, omitted) }))
    .filter(({ name }) => name !== "");
}
