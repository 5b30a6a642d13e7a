import { equal, isObject, setOwn, type JsonObject, type JsonValue, type Schema } from "@fairlead/apimachinery";
import type { FieldProblem } from "../errors.ts";
import { duplicateValue } from "../field-problem.ts";

/** Items that are twice in a set, or in a list with keys. */
export function* listProblems(value: JsonValue, schema: Schema, path: string): Generator<FieldProblem> {
  if (Array.isArray(value)) {
    const type = schema["x-kubernetes-list-type"];
    if (type === "set") yield* repeated(value, path, (item) => item);
    else if (type === "map") yield* repeated(value, path, (item) => keysOf(item, schema));
    if (schema.items === undefined) return;
    for (const [index, item] of value.entries()) yield* listProblems(item, schema.items, `${path}[${index}]`);
  } else if (isObject(value)) {
    const { properties = {}, additionalProperties } = schema;
    for (const [key, one] of Object.entries(value)) {
      const more = isObject(additionalProperties) ? (additionalProperties as Schema) : undefined;
      const child = Object.hasOwn(properties, key) ? properties[key] : more;
      const at = path === "" ? key : child === more ? `${path}[${key}]` : `${path}.${key}`;
      if (child !== undefined) yield* listProblems(one, child, at);
    }
  }
}

function* repeated(
  list: readonly JsonValue[],
  path: string,
  keyOf: (item: JsonValue) => JsonValue | undefined,
): Generator<FieldProblem> {
  const seen: JsonValue[] = [];
  const told: JsonValue[] = [];
  for (const [index, item] of list.entries()) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const isKnown = seen.some((one) => equal(one, key));
    if (isKnown && !told.some((one) => equal(one, key))) {
      told.push(key);
      yield duplicateValue(`${path}[${index}]`, key);
    }
    seen.push(key);
  }
}

function keysOf(item: JsonValue, schema: Schema): JsonObject | undefined {
  if (!isObject(item)) return undefined;
  const keys: JsonObject = {};
  for (const key of [...(schema["x-kubernetes-list-map-keys"] ?? [])].sort()) {
    const value = item[key] ?? schema.items?.properties?.[key]?.default;
    if (value !== undefined) setOwn(keys, key, value);
  }
  return keys;
}
