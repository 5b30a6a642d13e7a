import {
  dns1035LabelProblem,
  dns1123SubdomainProblem,
  get,
  isObject,
  textOf,
  type JsonObject,
  type JsonValue,
  type Schema,
} from "@fairlead/apimachinery";
import { compileExpression } from "@fairlead/apimachinery/cel";
import type { FieldProblem } from "../errors.ts";
import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../field-problem.ts";
import { reviewVersionProblems, webhookClientProblems } from "../strategies/webhook-clients.ts";
import { schemaProblems } from "./schema-problems.ts";

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

/** What is wrong with a CustomResourceDefinition: its name, its versions, its names, its schemas. */
export function* definitionProblems(definition: JsonObject): Generator<FieldProblem> {
  const { spec, status } = definition;
  const names = get(spec, "names");
  const group = textOf(get(spec, "group"));
  const name = textOf(get(definition["metadata"], "name"));
  if (name !== `${textOf(get(names, "plural"))}.${group}`) {
    yield invalidValue("metadata.name", name, 'must be spec.names.plural+"."+spec.group');
  }
  yield* groupProblems(group);
  const scope = textOf(get(spec, "scope"));
  if (scope === "") yield requiredValue("spec.scope");
  else if (scope !== "Cluster" && scope !== "Namespaced") {
    yield unsupportedValue("spec.scope", scope, ["Cluster", "Namespaced"]);
  }
  const versions = listOf(get(spec, "versions"));
  yield* versionProblems(versions);
  yield* nameProblems(names);
  yield* conversionProblems(get(spec, "conversion"));
  yield* storedProblems(listOf(get(status, "storedVersions")).map(textOf), versions);
}

function* conversionProblems(conversion: JsonValue | undefined): Generator<FieldProblem> {
  if (!isObject(conversion)) return;
  const at = "spec.conversion";
  const strategy = textOf(conversion["strategy"]);
  if (strategy === "") yield requiredValue(`${at}.strategy`);
  else if (strategy !== "None" && strategy !== "Webhook") {
    yield unsupportedValue(`${at}.strategy`, strategy, ["None", "Webhook"]);
  }
  // The server still calls the fields as they were called in its first version.
  const client = get(conversion["webhook"], "clientConfig");
  const reviews = listOf(get(conversion["webhook"], "conversionReviewVersions")).map(textOf);
  if (strategy === "Webhook") {
    const needed = "required when strategy is set to Webhook";
    if (client === undefined) yield requiredValue(`${at}.webhookClientConfig`, needed);
    else yield* webhookClientProblems(`${at}.webhookClientConfig`, client);
    yield* reviewVersionProblems(`${at}.conversionReviewVersions`, reviews, "");
    return;
  }
  const why = "should not be set when strategy is not set to Webhook";
  if (client !== undefined) yield forbiddenValue(`${at}.webhookClientConfig`, why);
  if (reviews.length > 0) yield forbiddenValue(`${at}.conversionReviewVersions`, why);
}

/** What has been a version of the store remains one of the definition. */
function* storedProblems(stored: readonly string[], versions: readonly JsonValue[]): Generator<FieldProblem> {
  const at = "status.storedVersions";
  if (stored.length === 0) return yield invalidValue(at, null, "must have at least one stored version");
  const names = versions.map((one) => textOf(get(one, "name")));
  for (const [index, name] of names.entries()) {
    if (get(versions[index], "storage") === true && !stored.includes(name)) {
      yield invalidValue(at, stored, `must have the storage version ${name}`);
    }
  }
  for (const [index, name] of stored.entries()) {
    if (names.includes(name)) continue;
    const why = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    yield invalidValue(`${at}[${index}]`, name, why);
  }
}

function* groupProblems(group: string): Generator<FieldProblem> {
  if (group === "") {
    yield requiredValue("spec.group");
    return;
  }
  const why = dns1123SubdomainProblem(group);
  if (why !== undefined) yield invalidValue("spec.group", group, why);
  else if (!group.includes(".")) yield invalidValue("spec.group", group, "should be a domain with at least one dot");
}

function* versionProblems(versions: readonly JsonValue[]): Generator<FieldProblem> {
  const seen = new Set<string>();
  let isUnique = true;
  for (const [index, version] of versions.entries()) {
    const name = textOf(get(version, "name"));
    if (seen.has(name)) isUnique = false;
    seen.add(name);
    const why = dns1035LabelProblem(name);
    if (why !== undefined) yield invalidValue(`spec.versions[${index}].name`, name, why);
  }
  const shown = versions.map(goVersion);
  if (!isUnique) yield invalidValue("spec.versions", shown, "must contain unique version names");
  const stored = versions.filter((one) => get(one, "storage") === true).length;
  if (stored !== 1) {
    yield invalidValue("spec.versions", shown, "must have exactly one version marked as storage version");
    return;
  }
  const [first] = versions;
  const firstName = textOf(get(first, "name"));
  const why = dns1035LabelProblem(firstName);
  if (why !== undefined) yield invalidValue("spec.version", firstName, why);
  const schemas = versions.map((one) => get(get(one, "schema"), "openAPIV3Schema"));
  const isShared = schemas.every((one) => JSON.stringify(one) === JSON.stringify(schemas[0]));
  for (const [index, schema] of schemas.entries()) {
    const at = `spec.versions[${index}].schema.openAPIV3Schema`;
    if (!isObject(schema)) yield requiredValue(at);
    else if (!isShared) yield* structureProblems(schema, at, "");
    // The server lifts a schema that all versions have out of them.
    else if (index === 0) yield* structureProblems(schema, "spec.validation.openAPIV3Schema", "");
  }
}

/** As the server's own type of a version is printed. */
function goVersion(version: JsonValue): JsonObject {
  return {
    Name: textOf(get(version, "name")),
    Served: get(version, "served") === true,
    Storage: get(version, "storage") === true,
    Deprecated: get(version, "deprecated") === true,
    DeprecationWarning: get(version, "deprecationWarning") ?? null,
    Schema: null,
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  };
}

function* nameProblems(names: JsonValue | undefined): Generator<FieldProblem> {
  const read = (key: string): string => textOf(get(names, key));
  for (const key of ["plural", "singular", "kind", "listKind"]) {
    const value = read(key);
    const why =
      value === ""
        ? undefined
        : dns1035LabelProblem(
            value.toLowerCase() === value || key === "plural" || key === "singular" ? value : value.toLowerCase(),
          );
    if (why !== undefined) yield invalidValue(`spec.names.${key}`, value, why);
  }
  for (const key of ["plural", "singular", "kind", "listKind"]) {
    if (read(key) === "") yield requiredValue(`spec.names.${key}`);
  }
  for (const [index, one] of listOf(get(names, "shortNames")).entries()) {
    const why = dns1035LabelProblem(textOf(one));
    if (why !== undefined) yield invalidValue(`spec.names.shortNames[${index}]`, one, why);
  }
  if (read("kind") !== "" && read("kind") === read("listKind")) {
    yield invalidValue("spec.names.listKind", read("listKind"), "kind and listKind may not be the same");
  }
}

const deepest = 100;

function* structureProblems(
  schema: JsonObject,
  at: string,
  parent: "" | "field" | "item",
  depth = 0,
): Generator<FieldProblem> {
  if (depth > deepest) return;
  const isOpen =
    schema["x-kubernetes-int-or-string"] === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (textOf(schema["type"]) === "" && !isOpen) {
    const where = { "": "at the root", field: "for specified object fields", item: "for specified array items" }[
      parent
    ];
    yield requiredValue(`${at}.type`, `must not be empty ${where}`);
  }
  for (const [index, rule] of listOf(schema["x-kubernetes-validations"]).entries()) {
    yield* ruleProblems(rule, `${at}.x-kubernetes-validations[${index}].rule`);
  }
  if (schema["default"] !== undefined) {
    for (const one of schemaProblems(schema["default"], schema as Schema, ""))
      yield { ...one, field: `${at}.default${one.field === "" ? "" : `.${one.field}`}` };
  }
  const listType = schema["x-kubernetes-list-type"];
  const keys = listOf(schema["x-kubernetes-list-map-keys"]);
  const { items } = schema;
  if (listType === "map") {
    if (keys.length === 0) {
      yield requiredValue(`${at}.x-kubernetes-list-map-keys`, "must not be empty if x-kubernetes-list-type is map");
    }
    if (isObject(items) && items["type"] !== "object") {
      const why = "must be object if parent array's x-kubernetes-list-type is map";
      yield invalidValue(`${at}.items.type`, textOf(items["type"]), why);
    }
  }
  for (const [key, one] of Object.entries(isObject(schema["properties"]) ? schema["properties"] : {})) {
    if (isObject(one)) yield* structureProblems(one, `${at}.properties[${key}]`, "field", depth + 1);
  }
  if (isObject(items)) yield* structureProblems(items, `${at}.items`, "item", depth + 1);
  const more = schema["additionalProperties"];
  if (isObject(more)) yield* structureProblems(more, `${at}.additionalProperties`, "field", depth + 1);
}

function* ruleProblems(rule: JsonValue, at: string): Generator<FieldProblem> {
  const text = textOf(get(rule, "rule"));
  const compiled = compileExpression(text, { variables: { self: "dyn", oldSelf: "dyn" } });
  if (!("problem" in compiled)) return;
  const shown = {
    Rule: text,
    Message: textOf(get(rule, "message")),
    MessageExpression: textOf(get(rule, "messageExpression")),
    Reason: get(rule, "reason") ?? null,
    FieldPath: textOf(get(rule, "fieldPath")),
    OptionalOldSelf: get(rule, "optionalOldSelf") ?? null,
  };
  yield invalidValue(at, shown, compiled.problem);
}
