import { get, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { readPorts } from "./ports.ts";
import { pairs } from "./service.ts";
import { readMount } from "./volumes.ts";

/** Fields whose value replaces the base's as a whole. */
const replaced = new Set(["command", "entrypoint", "test", "image", "build"]);
/** Fields that are a map in two spellings: each entry replaces the base's of its name. */
const mapped = new Set(["environment", "labels", "annotations", "sysctls"]);
/** What tells the entries of a list apart; without it entries are appended, equal ones once. */
const identities: { readonly [field: string]: (item: JsonValue) => string } = {
  volumes: (item) => {
    const mount = readMount(item);
    return typeof mount === "string" ? JSON.stringify(item) : mount.target;
  },
  ports: (item) => JSON.stringify(readPorts(item)),
  configs: targetOf,
  secrets: targetOf,
};

function targetOf(item: JsonValue): string {
  const target = get(item, "target") ?? get(item, "source") ?? item;
  return typeof target === "string" ? target : JSON.stringify(target);
}

/**
 * Merges a service over the one that it extends.
 * https://github.com/compose-spec/compose-spec/blob/main/13-merge.md
 */
export function mergeService(base: JsonObject, above: JsonObject): JsonObject {
  return mergeMaps(base, above, 0);
}

function mergeMaps(base: JsonObject, above: JsonObject, depth: number): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(base)) setOwn(result, key, base[key]!);
  for (const key of Object.keys(above)) {
    const below = Object.hasOwn(base, key) ? base[key]! : undefined;
    setOwn(
      result,
      key,
      below === undefined || below === null ? above[key]! : mergeField(key, below, above[key]!, depth),
    );
  }
  return result;
}

function mergeField(key: string, below: JsonValue, above: JsonValue, depth: number): JsonValue {
  if (above === null || replaced.has(key) || depth > 32) return above;
  if (mapped.has(key)) {
    const merged: JsonObject = {};
    for (const [name, value] of [...pairs(below), ...pairs(above)]) setOwn(merged, name, value);
    return merged;
  }
  if (key === "depends_on" || key === "networks") {
    if (isObject(below) !== isObject(above)) return mergeMaps(asMap(key, below), asMap(key, above), depth + 1);
  }
  if (Array.isArray(below) && Array.isArray(above)) return mergeLists(key, below, above);
  if (isObject(below) && isObject(above)) return mergeMaps(below, above, depth + 1);
  if (key === "env_file" || key === "tmpfs" || key === "dns" || key === "dns_search") return [below, above].flat();
  return above;
}

function mergeLists(key: string, below: readonly JsonValue[], above: readonly JsonValue[]): JsonValue[] {
  const identity = Object.hasOwn(identities, key) ? identities[key]! : (item: JsonValue) => JSON.stringify(item);
  const merged = new Map<string, JsonValue>();
  for (const item of [...below, ...above]) merged.set(identity(item), item);
  return [...merged.values()];
}

function asMap(key: string, value: JsonValue): JsonObject {
  if (isObject(value)) return value;
  const map: JsonObject = {};
  for (const name of Array.isArray(value) ? value : []) {
    setOwn(map, String(name as string), key === "depends_on" ? { condition: "service_started" } : null);
  }
  return map;
}
