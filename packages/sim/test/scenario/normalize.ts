import { isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/**
 * Answers without what differs from run to run: uids become `UID1`, `UID2` … in the order in which they are first seen,
 * resourceVersions `RV1` …, times `TIME`, the scenario's namespace `NS`, generated suffixes `-xxxxx`. The order of
 * versions is kept by a check of its own: a later answer's version is never smaller.
 */
export interface Normalizer {
  value(value: JsonValue): JsonValue;
  text(text: string): string;
  /** Of a normalised text, what it stood for: to name an earlier answer's uid or version in a request. */
  restore(text: string): string;
}

/** As the server sorts managers that have written within one second, which is by chance. */
function compareManagers(a: JsonValue, b: JsonValue): number {
  const keyOf = (one: JsonValue): string => {
    const { operation, time, manager, apiVersion, subresource } = isObject(one) ? one : {};
    return JSON.stringify([operation, time ?? "", manager ?? "", apiVersion, subresource ?? ""]);
  };
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const uid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const time = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const versionKeys = new Set(["resourceVersion"]);

export function createNormalizer(namespace: string): Normalizer {
  const uids = new Map<string, string>();
  const versions = new Map<string, string>();
  const generated = new Map<string, string>();
  const names = new Map<string, string>();

  function named(map: Map<string, string>, prefix: string, value: string): string {
    const known = map.get(value);
    if (known !== undefined) return known;
    const name = `${prefix}${map.size + 1}`;
    map.set(value, name);
    names.set(name, value);
    return name;
  }

  function text(value: string): string {
    let result = value
      .replaceAll(namespace, "NS")
      .replaceAll(uid, (found) => named(uids, "UID", found))
      .replaceAll(time, "TIME");
    for (const [name, replaced] of generated) result = result.replaceAll(name, replaced);
    for (const [version, name] of versions) {
      // Versions occur in messages too; as whole numbers only, and only long ones could be anything else.
      result = result.replaceAll(new RegExp(`(?<![\\w.:-])${version}(?![\\w.-])`, "g"), name);
    }
    return result;
  }

  function walk(value: JsonValue, key: string): JsonValue {
    if (typeof value === "string") {
      if (versionKeys.has(key) && /^\d+$/.test(value)) return named(versions, "RV", value);
      if (key === "continue") return "CONTINUE";
      return text(value);
    }
    if (Array.isArray(value)) {
      const items = value.map((item) => walk(item, ""));
      return key === "managedFields" ? items.toSorted(compareManagers) : items;
    }
    if (!isObject(value)) return value;
    const { name, generateName } = value;
    if (
      typeof name === "string" &&
      typeof generateName === "string" &&
      name.startsWith(generateName) &&
      !generated.has(name)
    ) {
      generated.set(name, `${generateName}xxxxx`);
    }
    const result: JsonObject = {};
    // Versions first: messages may speak of them.
    for (const one of Object.keys(value)) setOwn(result, text(one), walk(value[one]!, one));
    return result;
  }

  return {
    value: (value) => walk(value, ""),
    text,
    restore: (value) => value.replaceAll(/\b(?:UID|RV)\d+\b/g, (name) => names.get(name) ?? name),
  };
}
