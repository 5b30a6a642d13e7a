import { normalizeObject, type JsonObject } from "@fairlead/apimachinery";
import type { Kind } from "../../resources/kind.ts";
import { apiVersionOf } from "../../resources/resource.ts";

/** Whether requests about the kind work on objects as they are stored: none lies there in another version. */
export function isStoredVersion({ resource, versions }: Kind): boolean {
  if (versions === undefined) return true;
  const own = apiVersionOf(resource);
  return versions.storage === own && versions.stored.every((one) => one === own);
}

/** A stored object as requests about the kind see it. Throws ApiError, also later. */
export function liveObject(kind: Kind, stored: JsonObject): JsonObject | Promise<JsonObject> {
  if (isStoredVersion(kind)) return stored;
  return kind.versions!.convert(stored, apiVersionOf(kind.resource));
}

/** What a request about the kind stores, as it is stored: with the defaults that who reads that version will find. */
export function storableObject(kind: Kind, object: JsonObject): JsonObject | Promise<JsonObject> {
  const { versions } = kind;
  if (versions === undefined || versions.storage === object["apiVersion"]) return object;
  const schema = versions.schemas.get(versions.storage);
  const filled = (converted: JsonObject): JsonObject =>
    schema === undefined ? converted : normalizeObject(converted, schema, { hasStatus: kind.hasStatus });
  const converted = versions.convert(object, versions.storage);
  return converted instanceof Promise ? converted.then(filled) : filled(converted);
}

/** What comes back of an object that has been stored: a version keeps only what that of the store has, too. */
export function asIfStored(kind: Kind, object: JsonObject): JsonObject | Promise<JsonObject> {
  const storable = storableObject(kind, object);
  return storable instanceof Promise ? storable.then((one) => liveObject(kind, one)) : liveObject(kind, storable);
}
