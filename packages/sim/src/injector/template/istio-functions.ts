import { isObject, setOwn, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { print } from "@fairlead/krm";
import { builtins, entries, text } from "./builtins.ts";
import { entriesOf, fieldOf, itemsOf, mapOf, plain, shown, type GoValue } from "./go-values.ts";
import type { TemplateFunction } from "./render.ts";
import { sprig } from "./sprig.ts";

/**
 * All functions that a template of an injector's ConfigMap may call: those of Go, of sprig, and of istiod, which stand
 * over the others (`contains` and `indent` differ from sprig's). `environment` is what `env` sees: istiod's variables.
 */
export function injectionFunctions(
  environment: { readonly [name: string]: string } = {},
): ReadonlyMap<string, TemplateFunction> {
  const env: TemplateFunction = (name, fallback) => {
    const key = text(name);
    return (Object.hasOwn(environment, key) ? environment[key] : undefined) || text(fallback);
  };
  return new Map([...builtins, ...sprig, ...own, ["env", env] as const]);
}

const own = new Map<string, TemplateFunction>([
  ["annotation", annotation],
  ["isset", (map, key) => entries(map).some(([name]) => name === text(key))],
  ["valueOrDefault", (value, fallback) => (plain(value) === null || plain(value) === "" ? fallback : value)],
  ["contains", (needle, haystack) => text(haystack).includes(text(needle))],
  ["toLower", (value) => text(value).toLowerCase()],
  ["indent", laterLinesIndented],
  ["directory", (file) => text(file).slice(0, text(file).lastIndexOf("/") + 1)],
  ["toYaml", (value) => yaml(plain(value))],
  ["toJSON", (value) => JSON.stringify(plain(value) ?? {})],
  ["fromJSON", fromJson],
  ["structToJSON", (value) => JSON.stringify(inOrder(plain(value)))],
  ["protoToJSON", (value) => JSON.stringify(plain(value) ?? {})],
  ["formatDuration", (value) => text(value)],
  ["excludeInboundPort", excludeInboundPort],
  ["includeInboundPorts", (containers) => portsOf(containers, () => true)],
  ["applicationPorts", (containers) => portsOf(containers, (name) => name !== "istio-proxy")],
  ["kubevirtInterfaces", (value) => text(value)],
  ["excludeInterfaces", (value) => text(value)],
  ["appendMultusNetwork", appendNetwork],
  [
    "omit",
    (map, ...keys) =>
      mapOf(
        entries(map).flatMap(([name, one]) =>
          keys.some((key) => text(key) === name) ? [] : [[name, plain(one)] as const],
        ),
      ),
  ],
  [
    "strdict",
    (...pairs) =>
      mapOf(
        Array.from(
          { length: Math.ceil(pairs.length / 2) },
          (_, index) =>
            [text(pairs[2 * index]), pairs.length > 2 * index + 1 ? text(pairs[2 * index + 1]) : ""] as const,
        ),
      ),
  ],
  ["mergeMaps", (...maps) => mergedMaps(maps)],
  ["toJsonMap", (...maps) => JSON.stringify(sorted(mergedMaps(maps)))],
  ["omitNil", (value) => withoutNulls(plain(value)) ?? null],
  ["otelResourceAttributes", () => ""],
]);

/** The annotation of an object's metadata, or else the default as a text. */
function annotation(metadata: GoValue, name: GoValue, fallback: GoValue): string {
  const found = fieldOf(metadata, "Annotations");
  const key = text(name);
  const entry = typeof found === "string" ? undefined : entriesOf(found.value)?.find(([one]) => one === key);
  return entry === undefined ? (fallback === undefined ? "<nil>" : shown(fallback)) : text(entry[1]);
}

/** The first line stands where the call stands. */
function laterLinesIndented(spaces: GoValue, value: GoValue): string {
  const count = Number(plain(spaces));
  if (!(count >= 0 && count <= 1000)) throw new Error(`${text(spaces)} spaces`);
  return text(value)
    .split("\n")
    .map((line, index) => (index === 0 ? line : " ".repeat(count) + line))
    .join("\n");
}

function yaml(value: JsonValue): string {
  if (isObject(value) && Object.keys(value).length === 0) return "{}\n";
  return print(sorted(value));
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return mapOf(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key]!)] as const),
  );
}

function fromJson(value: GoValue): JsonValue {
  try {
    return JSON.parse(text(value)) as JsonValue;
  } catch {
    return "{}";
  }
}

/** Go writes the fields of a struct in the order of their declaration; of those that are asked for, only ports matter. */
const portFields = ["name", "hostPort", "containerPort", "protocol", "hostIP"];

function inOrder(value: JsonValue): JsonValue {
  if (!isObject(value) || !Object.hasOwn(value, "containerPort")) return value;
  const known = portFields.filter((key) => Object.hasOwn(value, key));
  return mapOf(
    [...known, ...Object.keys(value).filter((key) => !known.includes(key))].map((key) => [key, value[key]!] as const),
  );
}

function excludeInboundPort(port: GoValue, excluded: GoValue): string {
  const one = shown(port).trim();
  const all = text(excluded);
  const listed = all.split(",");
  if (one === "" || one === "0" || listed.includes(one)) return all;
  return [...listed.map((each) => each.trim()).filter((each) => each !== ""), one].join(",");
}

function portsOf(containers: GoValue, isWanted: (name: string) => boolean): string {
  const ports: string[] = [];
  for (const container of itemsOf(containers) ?? []) {
    const value = plain(container);
    if (!isObject(value) || !isWanted(textOf(value["name"]))) continue;
    for (const port of Array.isArray(value["ports"]) ? value["ports"] : []) {
      if (!isObject(port) || port["protocol"] === "UDP" || port["protocol"] === "SCTP") continue;
      ports.push(shown(port["containerPort"]));
    }
  }
  return ports.join(",");
}

function appendNetwork(existing: GoValue, network: GoValue): string {
  const [before, added] = [text(existing), text(network)];
  if (before === "") return added;
  const end = before.lastIndexOf("]");
  if (end === -1) return before.split(",").some((one) => one.trim() === added) ? before : `${before}, ${added}`;
  const [name = "", namespace = ""] = added.split("/").toReversed();
  const known = fromJson(before);
  if (!Array.isArray(known)) return before;
  if (known.some((one) => isObject(one) && one["name"] === name && (one["namespace"] ?? "") === namespace))
    return before;
  const made = namespace === "" ? `, {"name": "${name}"}` : `, {"name": "${name}", "namespace": "${namespace}"}`;
  return before.slice(0, end) + made + before.slice(end);
}

function mergedMaps(maps: readonly GoValue[]): JsonObject {
  const result: JsonObject = {};
  for (const map of maps) for (const [name, one] of entries(map)) setOwn(result, name, plain(one));
  return result;
}

function withoutNulls(value: JsonValue): JsonValue | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    const kept = value.map(withoutNulls).filter((one) => one !== undefined);
    return kept.length === 0 && value.length > 0 ? undefined : kept;
  }
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  const kept = keys.flatMap((key) => {
    const one = withoutNulls(value[key]!);
    return one === undefined ? [] : [[key, one] as const];
  });
  return kept.length === 0 && keys.length > 0 ? undefined : mapOf(kept);
}
