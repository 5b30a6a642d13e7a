import {
  canonicalJson,
  get,
  isObject,
  textOf,
  type JsonArray,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";

const noPort = "-";

/**
 * Subsets of Endpoints in the form in which Kubernetes writes them: addresses that share ports together, ports that
 * share addresses together, all sorted. An address that is unready anywhere is unready.
 */
export function repackSubsets(subsets: readonly JsonValue[]): JsonArray {
  const addresses = new Map<string, JsonObject>();
  const byPort = new Map<string, Map<string, boolean>>();
  const ports = new Map<string, JsonValue>();
  for (const subset of subsets) {
    const own = listOf(get(subset, "ports"));
    for (const port of own.length === 0 ? [undefined] : own) {
      const id = port === undefined ? noPort : canonicalJson(port);
      if (port !== undefined) ports.set(id, port);
      const states = byPort.get(id) ?? new Map<string, boolean>();
      byPort.set(id, states);
      for (const [field, ready] of [["addresses", true] as const, ["notReadyAddresses", false] as const]) {
        for (const address of listOf(get(subset, field)).filter(isObject)) {
          const key = JSON.stringify([textOf(address["ip"]), textOf(get(address["targetRef"], "uid"))]);
          if (!addresses.has(key)) addresses.set(key, address);
          states.set(key, ready && states.get(key) !== false);
        }
      }
    }
  }
  const groups = new Map<string, { ports: JsonValue[]; states: ReadonlyMap<string, boolean> }>();
  for (const [id, states] of [...byPort].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = JSON.stringify([...states.keys()].sort());
    const group = groups.get(key) ?? { ports: [], states };
    groups.set(key, group);
    const port = ports.get(id);
    if (port !== undefined) group.ports.push(port);
  }
  return [...groups.values()].map(({ ports: list, states }) => {
    const of = (ready: boolean): JsonObject[] =>
      [...states]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([key, is]) => (is === ready ? [addresses.get(key)!] : []));
    const [ready, notReady] = [of(true), of(false)];
    return {
      ...(ready.length === 0 ? {} : { addresses: ready }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
      ...(list.length === 0 ? {} : { ports: list }),
    };
  });
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
