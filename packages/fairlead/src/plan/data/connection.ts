import { get, isObject, nearest, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { stringMap, text } from "../shared/read.ts";
import type { World } from "../world.ts";

/** Marks a Secret or ExternalSecret as a connection: label or annotation, the value is the connection's name. */
export const connectionMark = "fairlead.dev/connection-secret";

/** An object of the input that makes the connection Secret. */
export interface ConnectionSource {
  readonly object: KrmObject;
  /** The Secret that it is, or makes. */
  readonly secretName: string;
  /** The Secret's keys; undefined when the input cannot tell. */
  readonly keys: readonly string[] | undefined;
}

const makers = ["Secret", "ExternalSecret", "SealedSecret"] as const;

/**
 * What in the namespace makes the connection of this name: by the Secret's name first, then by mark. Several are given
 * in the order of the kinds above and of their names.
 */
export function findConnections(
  world: World,
  namespace: string | undefined,
  name: string,
): readonly ConnectionSource[] {
  const { byName, byMark } = indexOf(world);
  const reach = (index: Index) => (index.get(name) ?? []).filter((source) => inReach(source, namespace));
  const named = reach(byName);
  return named.length > 0 ? named : reach(byMark);
}

/** A name in the input that may have been meant. */
export function nearConnection(world: World, namespace: string | undefined, name: string): string | undefined {
  const sources = [...indexOf(world).byName.values()].flat();
  return nearest(
    name,
    sources.filter((source) => inReach(source, namespace)).map(({ secretName }) => secretName),
  );
}

type Index = ReadonlyMap<string, readonly ConnectionSource[]>;
const indexes = new WeakMap<World, { readonly byName: Index; readonly byMark: Index }>();

/** Made once for a world, which does not change. */
function indexOf(world: World): { readonly byName: Index; readonly byMark: Index } {
  const made = indexes.get(world);
  if (made !== undefined) return made;
  const byName = new Map<string, ConnectionSource[]>();
  const byMark = new Map<string, ConnectionSource[]>();
  const add = (index: Map<string, ConnectionSource[]>, key: string, source: ConnectionSource): void => {
    const list = index.get(key);
    if (list === undefined) index.set(key, [source]);
    else list.push(source);
  };
  for (const object of makers.flatMap((kind) => world.allObjects(kind))) {
    const source = sourceOf(object);
    if (source.secretName === "") continue;
    add(byName, source.secretName, source);
    for (const mark of marksOf(object)) add(byMark, mark, source);
  }
  const index = { byName, byMark };
  indexes.set(world, index);
  return index;
}

/** An object without a namespace goes wherever the rest goes. */
function inReach({ object }: ConnectionSource, namespace: string | undefined): boolean {
  const own = text(object.metadata.namespace);
  return own === undefined || namespace === undefined || own === namespace;
}

function marksOf({ metadata }: KrmObject): readonly string[] {
  const marks = [metadata.labels, metadata.annotations].map((map) => text(stringMap(map)[connectionMark]));
  return [...new Set(marks)].filter((mark) => mark !== undefined);
}

function sourceOf(object: KrmObject): ConnectionSource {
  const own = text(object.metadata.name) ?? "";
  switch (object.kind) {
    case "ExternalSecret": {
      const target = get(object["spec"], "target");
      return { object, secretName: text(get(target, "name")) ?? own, keys: externalKeys(object, target) };
    }
    case "SealedSecret": {
      const name = get(get(get(object["spec"], "template"), "metadata"), "name");
      return { object, secretName: text(name) ?? own, keys: keysOf(get(object["spec"], "encryptedData")) };
    }
    default:
      return { object, secretName: own, keys: [...keysOf(object["data"]), ...keysOf(object["stringData"])] };
  }
}

/** A template says the keys itself; `dataFrom` brings keys that only the store knows. */
function externalKeys(object: KrmObject, target: unknown): readonly string[] | undefined {
  const template = get(target, "template");
  if (get(template, "templateFrom") !== undefined) return undefined;
  const templated = keysOf(get(template, "data"));
  if (templated.length > 0 && get(template, "mergePolicy") !== "Merge") return templated;
  const from = get(object["spec"], "dataFrom");
  if (Array.isArray(from) && from.length > 0) return undefined;
  return [...templated, ...externalItems(object).flatMap((item) => text(item["secretKey"]) ?? [])];
}

/** The items of an ExternalSecret's `data`. */
export function externalItems(object: KrmObject): readonly JsonObject[] {
  const data = get(object["spec"], "data");
  return Array.isArray(data) ? data.filter((item): item is JsonObject => isObject(item)) : [];
}

function keysOf(map: unknown): readonly string[] {
  return isObject(map) ? Object.keys(map).sort() : [];
}
