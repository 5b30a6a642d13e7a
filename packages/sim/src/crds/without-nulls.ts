import { isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** What holds values, and not schemas. */
const values: ReadonlySet<string> = new Set(["default", "enum", "example"]);

/** Where a schema stands, or something else that is none: the definition's own schema leaves these open. */
const schemas: ReadonlySet<string> = new Set(["items", "not"]);

/** A schema as Go's decoder reads it: null is as if nothing was said. Nor is anything where a schema has to be. */
export function withoutNulls(schema: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (values.has(key)) setOwn(result, key, value);
    else if (schemas.has(key) && !isObject(value)) continue;
    else if (key === "additionalProperties" && !isObject(value) && typeof value !== "boolean") continue;
    else if (value !== null) setOwn(result, key, inside(value));
  }
  return result;
}

function inside(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map(inside);
  return isObject(value) ? withoutNulls(value) : value;
}
