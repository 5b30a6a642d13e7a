import { isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/**
 * The schema of a CustomResourceDefinition as the documents publish it, before names and metadata are added: only what
 * Kubernetes reads, without what is false or empty, and with the two types of an int-or-string spelled out. The
 * document of version 2 cannot say everything: combinations, nullable and free-form parts become vaguer there, and it
 * has no defaults.
 */
export function publishedSchema(schema: JsonObject, version: 2 | 3): JsonObject {
  const unfolded = withIntOrString(schema);
  return version === 2 ? print(vague(unfolded)) : print(unfolded);
}

const copied = (
  "description type format title default maximum minimum maxLength minLength pattern maxItems minItems multipleOf enum " +
  "maxProperties minProperties required example externalDocs x-kubernetes-list-map-keys x-kubernetes-list-type " +
  "x-kubernetes-map-type x-kubernetes-validations"
).split(" ");
const flags = (
  "nullable exclusiveMaximum exclusiveMinimum uniqueItems x-kubernetes-embedded-resource " +
  "x-kubernetes-preserve-unknown-fields x-kubernetes-int-or-string"
).split(" ");
const combinations = ["allOf", "anyOf", "oneOf"];
const texts = new Set(["description", "type", "format", "title", "pattern"]);
const lists = new Set(["required", "x-kubernetes-list-map-keys", "x-kubernetes-validations", "enum"]);

function print(schema: JsonObject): JsonObject {
  const printed: JsonObject = {};
  for (const key of copied) {
    const value = schema[key];
    if (value === undefined || value === null) continue;
    if (texts.has(key) && value === "") continue;
    if (lists.has(key) && Array.isArray(value) && value.length === 0 && key !== "enum") continue;
    printed[key] = value;
  }
  for (const key of flags) if (schema[key] === true) printed[key] = true;
  for (const key of combinations) {
    const list = schema[key];
    if (Array.isArray(list) && list.length > 0) printed[key] = list.filter(isObject).map((one) => print(one));
  }
  if (isObject(schema["not"])) printed["not"] = print(schema["not"]);
  if (isObject(schema["items"])) printed["items"] = print(schema["items"]);
  if (isObject(schema["properties"])) {
    const properties: JsonObject = {};
    for (const name of Object.keys(schema["properties"])) {
      const property = schema["properties"][name];
      if (isObject(property)) setOwn(properties, name, print(property));
    }
    if (Object.keys(properties).length > 0) printed["properties"] = properties;
  }
  const additional = schema["additionalProperties"];
  if (isObject(additional)) printed["additionalProperties"] = print(additional);
  else if (typeof additional === "boolean") printed["additionalProperties"] = additional;
  return printed;
}

const eitherType: readonly JsonObject[] = [{ type: "integer" }, { type: "string" }];

function withIntOrString(schema: JsonObject): JsonObject {
  const copy = mapChildren(schema, withIntOrString);
  if (copy["x-kubernetes-int-or-string"] !== true || saysBothTypes(copy)) return copy;
  if (copy["anyOf"] === undefined) return { ...copy, anyOf: [...eitherType] };
  const allOf = Array.isArray(copy["allOf"]) ? copy["allOf"] : [];
  return { ...copy, allOf: [{ anyOf: [...eitherType] }, ...allOf] };
}

/** In `anyOf`, or in the `anyOf` of the first of `allOf`. */
function saysBothTypes(schema: JsonObject): boolean {
  const first = Array.isArray(schema["allOf"]) ? schema["allOf"][0] : undefined;
  return isBothTypes(schema["anyOf"]) || (isObject(first) && isBothTypes(first["anyOf"]));
}

function isBothTypes(anyOf: JsonValue | undefined): boolean {
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return false;
  return anyOf.every((one, index) => isObject(one) && one["type"] === (index === 0 ? "integer" : "string"));
}

/** As version 2 has it, for the sake of kubectl: what it would misread is left out. */
function vague(schema: JsonObject): JsonObject {
  const { allOf: _allOf, anyOf: _anyOf, oneOf: _oneOf, not: _not, default: _default, ...copy } = schema;
  const free = copy["x-kubernetes-preserve-unknown-fields"] === true;
  if (copy["nullable"] === true) {
    delete copy["type"];
    delete copy["nullable"];
  }
  if (schema["nullable"] === true || free) {
    delete copy["items"];
    delete copy["properties"];
  }
  if (copy["items"] === undefined && copy["type"] === "array") delete copy["type"];
  if (free && copy["type"] === "object") delete copy["type"];
  const properties = isObject(copy["properties"]) ? copy["properties"] : {};
  if (Array.isArray(copy["required"])) {
    copy["required"] = copy["required"].filter(
      (name) => typeof name !== "string" || !Object.hasOwn(properties, name) || !isNullable(properties[name]),
    );
  }
  if (isNullable(copy["additionalProperties"])) delete copy["required"];
  return mapChildren(copy, vague);
}

function isNullable(schema: JsonValue | undefined): boolean {
  return isObject(schema) && schema["nullable"] === true;
}

function mapChildren(schema: JsonObject, map: (child: JsonObject) => JsonObject): JsonObject {
  const copy = { ...schema };
  if (isObject(copy["items"])) copy["items"] = map(copy["items"]);
  if (isObject(copy["additionalProperties"])) copy["additionalProperties"] = map(copy["additionalProperties"]);
  if (isObject(copy["properties"])) {
    const properties: JsonObject = {};
    for (const name of Object.keys(copy["properties"])) {
      const property = copy["properties"][name]!;
      setOwn(properties, name, isObject(property) ? map(property) : property);
    }
    copy["properties"] = properties;
  }
  return copy;
}
