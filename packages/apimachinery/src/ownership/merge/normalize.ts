import { get, isObject, setOwn, type JsonObject, type JsonValue } from "../../json.ts";
import { defaultObject, defaultValue } from "../../defaults/default-object.ts";
import { applyDefaults } from "../../schema/apply-defaults.ts";
import type { Schema } from "../../schema/schema.ts";
import { builtinSchema, type FieldSetOptions } from "../field-set-of.ts";

const metadataDefinition = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/**
 * An object as the API server gives it back after it has decoded and defaulted it: quantities and empty values in
 * their canonical form, nulls dropped, defaults filled in. `schema` is that of a custom resource.
 */
export function normalizeObject(object: JsonObject, schema: Schema | undefined, options: FieldSetOptions): JsonObject {
  if (builtinSchema(object) !== undefined) return defaultObject(object);
  const { resolve } = options;
  const filled =
    schema === undefined ? object : applyDefaults(object, schema, resolve === undefined ? {} : { resolve });
  const metadata = get(filled, "metadata");
  return isObject(metadata) ? { ...filled, metadata: defaultValue(metadata, metadataDefinition) } : filled;
}

/** What the API server keeps of the stored object whatever is written. */
const keptMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "resourceVersion",
  "selfLink",
  "uid",
] as const;

/** The object with what only the server sets, taken from the stored one. */
export function withServerFields(object: JsonObject, live: JsonObject, options: FieldSetOptions): JsonObject {
  const result = { ...object };
  const meta = get(object, "metadata");
  const before = get(live, "metadata");
  const metadata: JsonObject = isObject(meta) ? { ...meta } : {};
  for (const key of keptMetadata) copy(before, metadata, key);
  delete metadata["managedFields"];
  result["metadata"] = metadata;
  if (options.subresource === undefined && options.hasStatus !== false) copy(live, result, "status");
  return result;
}

function copy(from: JsonValue | undefined, to: JsonObject, key: string): void {
  const value = get(from, key);
  if (value === undefined) delete to[key];
  else setOwn(to, key, value);
}
