import { canonicalJson, get, textOf, type JsonObject } from "@fairlead/apimachinery";

/** What `spec.trafficDistribution` makes of an endpoint's hints; undefined where there should be none. */
export type HintsOf = (endpoint: JsonObject) => JsonObject | undefined;

const distributions = new Set(["PreferClose", "PreferSameZone", "PreferSameNode"]);

/**
 * Hints towards the endpoint's own zone, and its own node where that is asked for. Topology-aware routing by annotation
 * (`service.kubernetes.io/topology-mode: Auto`) is not followed: such Services have no hints.
 */
export function hintsFor(service: JsonObject): HintsOf {
  const distribution = textOf(get(service["spec"], "trafficDistribution"));
  const annotations = get(service["metadata"], "annotations");
  const mode =
    get(annotations, "service.kubernetes.io/topology-aware-hints") ??
    get(annotations, "service.kubernetes.io/topology-mode");
  if (!distributions.has(distribution) || mode === "Auto" || mode === "auto") return () => undefined;
  return (endpoint) => {
    if (get(endpoint["conditions"], "ready") !== true) return endpoint["hints"] as JsonObject | undefined;
    const [zone, node] = ["zone", "nodeName"].map((key) => textOf(endpoint[key])) as [string, string];
    const forZones = zone === "" ? {} : { forZones: [{ name: zone }] };
    const forNodes = node === "" || distribution !== "PreferSameNode" ? {} : { forNodes: [{ name: node }] };
    const hints: JsonObject = { ...forZones, ...forNodes };
    return Object.keys(hints).length === 0 ? undefined : hints;
  };
}

export function withHints(endpoint: JsonObject, hintsOf: HintsOf): JsonObject {
  const { hints: _, ...rest } = endpoint;
  const hints = hintsOf(endpoint);
  return hints === undefined ? rest : { ...rest, hints };
}

/** Whether an endpoint's hints are not those that it should have. */
export function lacksHints(endpoint: JsonObject, hintsOf: HintsOf): boolean {
  return canonicalJson(hintsOf(endpoint) ?? null) !== canonicalJson(endpoint["hints"] ?? null);
}
