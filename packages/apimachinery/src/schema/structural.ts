import { compareText } from "../compare-text.ts";
import { equal, type JsonValue } from "../json.ts";
import { goRegExp } from "./pattern.ts";
import type { Schema } from "./schema.ts";

/** Why a schema is not one that the API server takes: `path` inside the schema, as it prints it. */
export type StructuralProblem = { readonly path: string; readonly message: string };

type Level = "root" | "item" | "field";

const intOrString: readonly JsonValue[] = [{ type: "integer" }, { type: "string" }];
const deepest = 200;

/**
 * The rules of a structural schema and those that the API server adds for `apiextensions.k8s.io/v1`. An empty list
 * means that a CustomResourceDefinition with this schema is accepted (its CEL rules aside).
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function structuralProblems(schema: Schema): StructuralProblem[] {
  const problems: StructuralProblem[] = [];
  checkStructure(schema, "root", "", problems, 0);
  return problems.sort((a, b) => compareText(a.path, b.path) || compareText(a.message, b.message));
}

function join(path: string, step: string): string {
  return path === "" ? step : `${path}.${step}`;
}

function checkStructure(
  schema: Schema,
  level: Level,
  path: string,
  problems: StructuralProblem[],
  depth: number,
): void {
  const say = (at: string, message: string): void => {
    problems.push({ path: at, message });
  };
  if (depth > deepest) return say(path, `must not be nested deeper than ${deepest} levels`);
  checkKeywords(schema, path, problems);
  if (schema.type === "array" && schema.items === undefined) say(join(path, "items"), "must be specified");
  if (schema.items !== undefined) checkStructure(schema.items, "item", join(path, "items"), problems, depth + 1);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    checkStructure(property, "field", join(path, `properties[${name}]`), problems, depth + 1);
  }
  const { additionalProperties } = schema;
  if (additionalProperties !== undefined) {
    if (level === "root") say(join(path, "additionalProperties"), "must not be used at the root");
    if (schema.properties !== undefined) say(path, "additionalProperties and properties are mutual exclusive");
    if (typeof additionalProperties === "object") {
      checkStructure(additionalProperties, "field", join(path, "additionalProperties"), problems, depth + 1);
    }
  }
  checkType(schema, level, path, say);
  checkResource(schema, level, path, say);
  checkValidations(schema, level === "root" ? schema : undefined, path, problems, depth);
}

function checkType(schema: Schema, level: Level, path: string, say: (path: string, message: string) => void): void {
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const isIntOrString = schema["x-kubernetes-int-or-string"] === true;
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const at = join(path, "type");
  if (isIntOrString && isOpen)
    say(join(path, "x-kubernetes-preserve-unknown-fields"), "must be false if x-kubernetes-int-or-string is true");
  if (isIntOrString && isEmbedded)
    say(join(path, "x-kubernetes-embedded-resource"), "must be false if x-kubernetes-int-or-string is true");
  if (isIntOrString && schema.type !== undefined) say(at, "must be empty if x-kubernetes-int-or-string is true");
  if (isEmbedded && schema.type !== "object") say(at, "must be object if x-kubernetes-embedded-resource is true");
  else if (schema.type === undefined && !isIntOrString && !isOpen) {
    const place = { root: "at the root", item: "for specified array items", field: "for specified object fields" };
    say(at, `must not be empty ${place[level]}`);
  }
  if (level === "root" && schema.type !== undefined && schema.type !== "object") say(at, "must be object at the root");
}

function checkResource(schema: Schema, level: Level, path: string, say: (path: string, message: string) => void): void {
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  if (isEmbedded && schema.additionalProperties !== undefined) {
    say(join(path, "additionalProperties"), "must not be used if x-kubernetes-embedded-resource is set");
  }
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (isEmbedded && !isOpen && Object.keys(schema.properties ?? {}).length === 0) {
    say(
      join(path, "properties"),
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
    );
  }
  if (level !== "root" && !isEmbedded) return;
  for (const field of ["kind", "apiVersion"]) {
    const property = own(schema.properties, field);
    if (property !== undefined && property.type !== "string")
      say(join(path, `properties[${field}].type`), "must be string");
  }
  const metadata = own(schema.properties, "metadata");
  if (metadata === undefined) return;
  const at = join(path, "properties[metadata]");
  if (metadata.type !== "object") say(`${at}.type`, "must be object");
  if (level !== "root") return;
  const { type: _type, properties = {}, default: _default, ...beyond } = metadata;
  const names = Object.keys(properties).filter((name) => name !== "name" && name !== "generateName");
  if (names.length > 0 || Object.keys(beyond).some((keyword) => keyword !== "description")) {
    say(at, "must not specify anything other than name and generateName, but metadata is implicitly specified");
  } else if (metadata.description !== undefined) {
    say(at, "must not specify anything other than name and generateName, but metadata is implicitly specified");
  }
}

function own<T>(object: { readonly [key: string]: T } | undefined, key: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}

const known = new Set([
  "type",
  "format",
  "title",
  "description",
  "default",
  "example",
  "nullable",
  "enum",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "required",
  "properties",
  "additionalProperties",
  "items",
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "externalDocs",
  "uniqueItems",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-validations",
]);

/** Keywords that a CustomResourceDefinition has not, or refuses in every place. */
function checkKeywords(schema: Schema, path: string, problems: StructuralProblem[]): void {
  for (const keyword of Object.keys(schema)) {
    if (!known.has(keyword)) problems.push({ path: join(path, keyword), message: "is not a field of a CRD schema" });
  }
  if (schema.uniqueItems === true)
    problems.push({
      path: join(path, "uniqueItems"),
      message: "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    });
  if (schema.additionalProperties === false)
    problems.push({ path: join(path, "additionalProperties"), message: "additionalProperties cannot be set to false" });
  if (schema.pattern !== undefined && goRegExp(schema.pattern) === undefined)
    problems.push({ path: join(path, "pattern"), message: "must be a valid regular expression" });
  checkListType(schema, path, problems);
}

function checkListType(schema: Schema, path: string, problems: StructuralProblem[]): void {
  const say = (step: string, message: string): void => {
    problems.push({ path: join(path, step), message });
  };
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"];
  if (listType !== undefined && schema.type !== "array")
    say("type", "must be array if x-kubernetes-list-type is specified");
  if (schema["x-kubernetes-map-type"] !== undefined && schema.type !== "object")
    say("type", "must be object if x-kubernetes-map-type is specified");
  if (listType === "map" && (keys ?? []).length === 0)
    say("x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
  if (listType !== "map" && keys !== undefined)
    say("x-kubernetes-list-type", "must be map if x-kubernetes-list-map-keys is non-empty");
  const { items } = schema;
  if (listType === "set" && items !== undefined) {
    if (items.nullable === true) say("items.nullable", "cannot be nullable when x-kubernetes-list-type is set");
    if (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic")
      say("items.x-kubernetes-map-type", "must be atomic as item of a list with x-kubernetes-list-type=set");
    if (items.type === "array" && (items["x-kubernetes-list-type"] ?? "atomic") !== "atomic")
      say("items.x-kubernetes-list-type", "must be atomic as item of a list with x-kubernetes-list-type=set");
  }
  if (listType !== "map" || items === undefined) return;
  if (items.type !== "object") say("items.type", "must be object if parent array's x-kubernetes-list-type is map");
  if (items.nullable === true) say("items.nullable", "cannot be nullable when x-kubernetes-list-type is map");
  const seen = new Set<string>();
  for (const [index, key] of (keys ?? []).entries()) {
    if (seen.has(key)) say(`x-kubernetes-list-map-keys[${index}]`, "duplicate value");
    seen.add(key);
    const property = own(items.properties, key);
    if (property === undefined)
      say(`x-kubernetes-list-map-keys[${index}]`, "entries must all be names of item properties");
    else if (property.type === "object" || property.type === "array")
      say(`items.properties[${key}].type`, "must be a scalar type if parent array's x-kubernetes-list-type is map");
    else if (property.nullable === true)
      say(
        `items.properties[${key}].nullable`,
        "this property is in x-kubernetes-list-map-keys, so it must not be nullable",
      );
    if (property !== undefined && property.default === undefined && !(items.required ?? []).includes(key)) {
      say(
        `items.properties[${key}].default`,
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
      );
    }
  }
}

/**
 * allOf, anyOf, oneOf and not may only add checks; at the root, only to what the structure around them names (deeper
 * down the API server does not look).
 */
function checkValidations(
  schema: Schema,
  around: Schema | undefined,
  path: string,
  problems: StructuralProblem[],
  depth: number,
): void {
  const skipAnyOf = equal(schema.anyOf, intOrString);
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    if (keyword === "anyOf" && skipAnyOf) continue;
    for (const [index, nested] of (schema[keyword] ?? []).entries()) {
      const skipNested = keyword === "allOf" && index === 0 && equal(nested.anyOf, intOrString);
      checkNested(
        skipNested ? { ...nested, anyOf: [] } : nested,
        around,
        join(path, `${keyword}[${index}]`),
        problems,
        depth + 1,
      );
    }
  }
  if (schema.not !== undefined) checkNested(schema.not, around, join(path, "not"), problems, depth + 1);
}

const forbidden = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
] as const;

function checkNested(
  nested: Schema,
  around: Schema | undefined,
  path: string,
  problems: StructuralProblem[],
  depth: number,
): void {
  if (depth > deepest) {
    problems.push({ path, message: `must not be nested deeper than ${deepest} levels` });
    return;
  }
  for (const [keyword, message] of forbidden) {
    if (nested[keyword] !== undefined && nested[keyword] !== false)
      problems.push({ path: join(path, keyword), message });
  }
  for (const [name, property] of Object.entries(nested.properties ?? {})) {
    const at = join(path, `properties[${name}]`);
    if (name === "metadata") problems.push({ path: at, message: "must not be specified in a nested context" });
    const structure = own(around?.properties, name);
    if (around !== undefined && structure === undefined) {
      problems.push({ path: at, message: "must be specified in the structural schema too" });
    }
    checkNested(property, structure, at, problems, depth + 1);
  }
  if (nested.items !== undefined) {
    if (around !== undefined && around.items === undefined)
      problems.push({ path: join(path, "items"), message: "must be specified in the structural schema too" });
    checkNested(nested.items, around?.items, join(path, "items"), problems, depth + 1);
  }
  checkKeywords(nested, path, problems);
  checkValidations(nested, around, path, problems, depth);
}
