import {
  get,
  isObject,
  isRawNumber,
  setOwn,
  type JsonObject,
  type JsonValue,
  type Schema,
} from "@fairlead/apimachinery";

const deepest = 64;

/**
 * The part of a value that has the types of its schema: what a planner may read without looking. Values of another type,
 * and objects that lack a required field, are left out; the compiler has said so in findings. Numbers' bounds, patterns
 * and what lies behind a `$ref` are not judged.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the type that the schema stands for
export function conform<T>(value: unknown, schema: Schema): T | undefined {
  return conforming(value as JsonValue | undefined, schema, 0) as T | undefined;
}

function conforming(value: JsonValue | undefined, schema: Schema, depth: number): JsonValue | undefined {
  if (value === undefined || value === null || depth > deepest) return undefined;
  if (schema.anyOf !== undefined) {
    for (const branch of schema.anyOf) {
      const fits = conforming(value, branch, depth);
      if (fits !== undefined) return fits;
    }
    return undefined;
  }
  if (schema["x-kubernetes-int-or-string"] === true) return scalarOf(value);
  switch (schema.type) {
    case "object":
      return conformingObject(value, schema, depth);
    case "array":
      if (!Array.isArray(value)) return undefined;
      return value
        .map((item) => conforming(item, schema.items ?? {}, depth + 1))
        .filter((item): item is JsonValue => item !== undefined);
    case "string":
      return typeof value === "string" && (schema.enum === undefined || schema.enum.includes(value))
        ? value
        : undefined;
    case "integer":
      return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case undefined:
      // A definition of Kubernetes' own: all that planners copy as a whole are objects.
      return schema.$ref === undefined || isObject(value) ? value : undefined;
  }
}

function conformingObject(value: JsonValue, schema: Schema, depth: number): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const properties = schema.properties ?? {};
  const rest = schema.additionalProperties;
  if (schema["x-kubernetes-preserve-unknown-fields"] === true && schema.properties === undefined) return value;
  // In the schema's order, maps by key: what is planned does not depend on the order in which somebody wrote.
  const result: JsonObject = {};
  for (const key of Object.keys(properties)) keep(result, key, get(value, key), properties[key]!, depth);
  if (typeof rest === "object") {
    const others = Object.keys(value).filter((key) => !Object.hasOwn(properties, key));
    for (const key of others.sort()) keep(result, key, get(value, key), rest, depth);
  }
  for (const key of schema.required ?? []) if (!Object.hasOwn(result, key)) return undefined;
  return result;
}

function keep(result: JsonObject, key: string, value: JsonValue | undefined, schema: Schema, depth: number): void {
  const fits = conforming(value, schema, depth + 1);
  if (fits !== undefined) setOwn(result, key, fits);
}

function scalarOf(value: JsonValue): JsonValue | undefined {
  if (typeof value === "string") return value;
  if (isRawNumber(value)) return undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
