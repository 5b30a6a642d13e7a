import { equal, textOf, type JsonObject } from "@fairlead/apimachinery";
import { metadataOf, withMetadata } from "./metadata.ts";
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

/** Stores the object unless it is a dry run; undefined if another revision than the expected one is there. */
export function commit(
  parts: Parts,
  scope: Scope,
  name: string,
  expected: number,
  object: JsonObject,
  old: JsonObject | undefined,
): JsonObject | undefined {
  const { collection, strategy } = scope.kind;
  if (scope.dryRun) {
    const version = textOf(metadataOf(old)["resourceVersion"]);
    return withMetadata(object, { resourceVersion: version === "" ? undefined : version });
  }
  const stored = parts.store.put(collection, keyIn(scope, name), expected, (revision) => atRevision(object, revision));
  if (stored === undefined) return undefined;
  strategy.afterWrite?.(stored.object, old, strategyContext(parts, scope));
  return stored.object;
}

/** Takes the object out of the store; undefined as with `commit`. */
export function remove(
  parts: Parts,
  scope: Scope,
  name: string,
  expected: number,
  object: JsonObject,
): JsonObject | undefined {
  const { collection, strategy } = scope.kind;
  if (scope.dryRun) return object;
  const stored = parts.store.remove(collection, keyIn(scope, name), expected, (revision) =>
    atRevision(object, revision),
  );
  if (stored === undefined) return undefined;
  strategy.afterWrite?.(undefined, stored.object, strategyContext(parts, scope));
  return stored.object;
}
