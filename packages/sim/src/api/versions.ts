import { schemaForKind, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Kind } from "../resources/kind.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import { builtinConversions } from "../conversions/conversions.ts";

/**
 * A stored object of a built-in kind in the version that a path asks for. The same object where that is the version of
 * the store. Custom resources have been converted before, when they were read.
 */
export function fromStorage(object: JsonObject, resource: Resource): JsonObject {
  const apiVersion = apiVersionOf(resource);
  if (object["apiVersion"] === apiVersion) return object;
  const convert = builtinConversions.get(`${textOf(object["apiVersion"])} ${resource.kind} ${apiVersion}`);
  return { ...(convert === undefined ? object : convert(object)), apiVersion };
}

/** An object of a path in the version of the store. Custom resources stay as they are until they are stored. */
export function toStorage(object: JsonObject, { resource, isCustom }: Kind): JsonObject {
  if (isCustom) return object;
  const apiVersion = apiVersionOf({ ...resource, version: resource.storageVersion });
  if (object["apiVersion"] === apiVersion) return object;
  const convert = builtinConversions.get(`${textOf(object["apiVersion"])} ${resource.kind} ${apiVersion}`);
  return { ...(convert === undefined ? object : convert(object)), apiVersion };
}

/** Whether objects are stored as the path asks for them. */
export function isStoredAs(resource: Resource): boolean {
  return resource.version === resource.storageVersion && resource.storedIn === undefined;
}

/** The kind with the schema of the version that a path asks for. */
export function kindIn(kind: Kind, resource: Resource): Kind {
  if (kind.isCustom || isStoredAs(resource)) return kind;
  return { ...kind, schema: schemaForKind(apiVersionOf(resource), resource.kind) };
}
