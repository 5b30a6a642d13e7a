import { canonicalJson, equal, get, isObject, textOf, type JsonArray, type JsonObject } from "@fairlead/apimachinery";

/** One set of ports of a Service, and what serves it. */
export interface EndpointGroup {
  readonly ports: JsonArray;
  readonly endpoints: readonly JsonObject[];
  /** Slices with these ports that are there. */
  readonly slices: readonly JsonObject[];
}

export interface PackedSlices {
  /** Without a name yet: their endpoints. */
  readonly creates: readonly JsonObject[][];
  readonly updates: readonly JsonObject[];
  readonly deletes: readonly JsonObject[];
}

export const mostEndpoints = 100;

/**
 * Puts endpoints into slices as the reconciler of `k8s.io/endpointslice` does: those that are in a slice stay there,
 * slices that change anyway are filled up first, then one that has just enough room, then new ones. Slices are never
 * rebalanced. `labels`: what all of them should have.
 */
export function packSlices(group: EndpointGroup, labels: JsonObject): PackedSlices {
  const wanted = new Map(group.endpoints.map((one) => [endpointId(one), one]));
  const updates = new Map<JsonObject, JsonObject[]>();
  const unchanged: JsonObject[] = [];
  const deletes: JsonObject[] = [];
  for (const slice of group.slices) {
    const before = endpointsIn(slice);
    const kept: JsonObject[] = [];
    let changed = false;
    for (const endpoint of before) {
      const id = endpointId(endpoint);
      const now = wanted.get(id);
      if (now === undefined) continue;
      wanted.delete(id);
      changed ||= !isSame(now, endpoint);
      kept.push(withHints(now, endpoint));
    }
    const isChanged = changed || kept.length !== before.length;
    if (isChanged && kept.length === 0) deletes.push(slice);
    else if (isChanged || !equal(get(slice["metadata"], "labels") ?? {}, labels)) updates.set(slice, kept);
    else unchanged.push(slice);
  }
  const left = [...wanted.values()];
  const fullest = [...updates.values()].sort((a, b) => b.length - a.length);
  for (const endpoints of fullest) endpoints.push(...left.splice(0, mostEndpoints - endpoints.length));
  const creates: JsonObject[][] = [];
  while (left.length > 0) {
    const there = left.length < mostEndpoints ? closestFit(unchanged, left.length) : undefined;
    if (there === undefined) {
      creates.push(left.splice(0, mostEndpoints));
      continue;
    }
    unchanged.splice(unchanged.indexOf(there), 1);
    updates.set(there, [...endpointsIn(there), ...left.splice(0)]);
  }
  return {
    creates,
    updates: [...updates].map(([slice, endpoints]) => ({
      ...slice,
      metadata: { ...(slice["metadata"] as JsonObject), labels },
      endpoints,
    })),
    deletes,
  };
}

export function endpointsIn(slice: JsonObject): readonly JsonObject[] {
  const list = slice["endpoints"];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** The slice that is closest to full with so many more. */
function closestFit(slices: readonly JsonObject[], count: number): JsonObject | undefined {
  let best: JsonObject | undefined;
  let least = mostEndpoints;
  for (const slice of slices) {
    const room = mostEndpoints - count - endpointsIn(slice).length;
    if (room >= 0 && room < least) [best, least] = [slice, room];
  }
  return best;
}

/** What tells endpoints apart: where they are and whose. */
function endpointId(endpoint: JsonObject): string {
  const { addresses, hostname } = endpoint;
  const target = endpoint["targetRef"];
  const list = (Array.isArray(addresses) ? addresses : []).map(textOf).sort();
  return JSON.stringify([list, textOf(hostname), textOf(get(target, "namespace")), textOf(get(target, "name"))]);
}

const compared = ["nodeName", "zone", "conditions", "targetRef"] as const;

function isSame(a: JsonObject, b: JsonObject): boolean {
  return compared.every((field) => canonicalJson(a[field] ?? null) === canonicalJson(b[field] ?? null));
}

/** Hints are decided on later: until then an endpoint has those that it had. */
function withHints(endpoint: JsonObject, before: JsonObject): JsonObject {
  return before["hints"] === undefined ? endpoint : { ...endpoint, hints: before["hints"] };
}
