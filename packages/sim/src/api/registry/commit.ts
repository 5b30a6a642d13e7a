import { equal, textOf, type JsonObject } from "@fairlead/apimachinery";
import { asIfStored, isStoredVersion, liveObject, storableObject } from "../../conversions/custom/versioned.ts";
import { metadataOf, withMetadata } from "./metadata.ts";
import { fitting } from "./stored-size.ts";
import { keyIn, strategyContext, type Parts, type Scope } from "./parts.ts";

/** Whether two states differ in nothing but their resourceVersion. */
export function isSame(a: JsonObject, b: JsonObject): boolean {
  if (a === b) return true;
  const without = (object: JsonObject): JsonObject => withMetadata(object, { resourceVersion: undefined });
  return equal(without(a), without(b));
}

/** The object as it is stored: kind and version first, then metadata, with its revision. */
export function atRevision(object: JsonObject, revision: number): JsonObject {
  const { kind, apiVersion, metadata: _, ...rest } = object;
  return {
    kind: kind!,
    apiVersion: apiVersion!,
    metadata: { ...metadataOf(object), resourceVersion: String(revision) },
    ...rest,
  };
}

/**
 * Stores the object unless it is a dry run; undefined if another revision than the expected one is there. Later, where a
 * webhook converts it into what is stored, and back into what is answered.
 */
export function commit(
  parts: Parts,
  scope: Scope,
  name: string,
  expected: number,
  object: JsonObject,
  old: JsonObject | undefined,
): JsonObject | undefined | Promise<JsonObject | undefined> {
  const { kind } = scope;
  if (scope.dryRun) {
    const version = textOf(metadataOf(old)["resourceVersion"]);
    const resourceVersion = version === "" ? undefined : version;
    const answer = (live: JsonObject): JsonObject => withMetadata(live, { resourceVersion });
    const live = asIfStored(kind, object);
    return live instanceof Promise ? live.then(answer) : answer(live);
  }
  const store = (storable: JsonObject): JsonObject | undefined | Promise<JsonObject> => {
    const key = keyIn(scope, name);
    const fits = fitting(storable, `/registry/${kind.collection}/${key}`);
    const make = (revision: number): JsonObject => atRevision(fits, revision);
    const stored = parts.store.put(kind.collection, key, expected, make);
    if (stored === undefined) return undefined;
    kind.strategy.afterWrite?.(stored.object, old, strategyContext(parts, scope));
    return liveObject(kind, stored.object);
  };
  const storable = storableObject(kind, object);
  return storable instanceof Promise ? storable.then(store) : store(storable);
}

/** Takes the object out of the store; undefined as with `commit`. */
export function remove(
  parts: Parts,
  scope: Scope,
  name: string,
  expected: number,
  object: JsonObject,
): JsonObject | undefined {
  const { kind } = scope;
  if (scope.dryRun) return object;
  const key = keyIn(scope, name);
  // What goes is told as it was stored.
  const last = isStoredVersion(kind) ? object : parts.store.get(kind.collection, key)?.object;
  if (last === undefined) return undefined;
  const stored = parts.store.remove(kind.collection, key, expected, (revision) => atRevision(last, revision));
  if (stored === undefined) return undefined;
  kind.strategy.afterWrite?.(undefined, stored.object, strategyContext(parts, scope));
  return last === object ? stored.object : atRevision(object, stored.revision);
}
