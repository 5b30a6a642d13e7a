import type { JsonObject, JsonValue, Schema } from "@fairlead/apimachinery";

/** The keywords of a schema in their order, with `map` applied to every schema directly below it. */
export function mapChildren(schema: Schema, map: (child: Schema) => JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "properties") {
      const fields = Object.entries(value as { [name: string]: Schema });
      result[keyword] = Object.fromEntries(fields.map(([name, child]) => [name, map(child)]));
    } else if (
      keyword === "items" ||
      keyword === "not" ||
      (keyword === "additionalProperties" && typeof value === "object")
    ) {
      result[keyword] = map(value as Schema);
    } else if (keyword === "anyOf" || keyword === "oneOf" || keyword === "allOf") {
      result[keyword] = (value as readonly Schema[]).map(map);
    } else {
      result[keyword] = value as JsonValue;
    }
  }
  return result;
}
