import { equal, get, isObject, validate, type JsonObject, type JsonValue, type Schema } from "@fairlead/apimachinery";
import type { FieldProblem } from "../errors.ts";
import { invalidValue, requiredValue, tooLong, unsupportedValue } from "../field-problem.ts";

/** What a schema refuses, and how many of its keywords held: of several alternatives the one that holds most is told. */
interface Result {
  readonly problems: FieldProblem[];
  matches: number;
}

/**
 * What an OpenAPI schema refuses of a custom resource, in the words and the order of kube-openapi's validator: type,
 * alternatives, text, format, number, list, enumeration, object. What is as it was in `old` is not looked at.
 */
export function schemaProblems(value: JsonValue, schema: Schema, path: string, old?: JsonValue): FieldProblem[] {
  return check(value, schema, path, old).problems;
}

function check(value: JsonValue, schema: Schema, path: string, old: JsonValue | undefined): Result {
  const result: Result = { problems: [], matches: 0 };
  if (old !== undefined && equal(value, old)) return result;
  const add = (...more: FieldProblem[]): void => void result.problems.push(...more);
  const wrongType = typeProblem(value, schema, path);
  if (wrongType === undefined) result.matches++;
  else add(wrongType);
  if (value === null) {
    add(...enumProblems(value, schema, path));
    return result;
  }
  alternatives(value, schema, path, result);
  if (typeof value === "string") {
    add(...textProblems(value, schema, path).slice(0, 1));
    add(...formatProblems(value, schema, path));
  } else if (typeof value === "number") {
    add(...numberProblems(value, schema, path));
    result.matches++;
  } else if (Array.isArray(value)) {
    listProblems(value, schema, path, old, result);
  }
  add(...enumProblems(value, schema, path));
  if (isObject(value)) objectProblems(value, schema, path, old, result);
  result.matches++;
  return result;
}

function merge(into: Result, { problems, matches }: Result): void {
  into.problems.push(...problems);
  into.matches += matches;
}

const said = (path: string): string => (path === "" ? "" : path);

function bad(path: string, value: unknown, why: string): FieldProblem {
  return invalidValue(fieldOf(path), value, `${said(path)} in body ${why}`);
}

function fieldOf(path: string): string {
  return path.startsWith(".") ? path.slice(1) : path;
}

function typeProblem(value: JsonValue, schema: Schema, path: string): FieldProblem | undefined {
  const types =
    schema["x-kubernetes-int-or-string"] === true
      ? ["integer", "string"]
      : schema.type === undefined
        ? []
        : [schema.type];
  const found = typeName(value);
  if (types.length === 0 || (value === null && schema.nullable === true)) return undefined;
  const fits =
    (types as readonly string[]).includes(found) ||
    (found === "integer" && (types as readonly string[]).includes("number")) ||
    (typeof value === "number" && Number.isInteger(value) && (types as readonly string[]).includes("integer"));
  if (fits) return undefined;
  const { message, field } = bad(path, found, `must be of type ${types.join(",")}: ${JSON.stringify(found)}`);
  return { field, reason: "FieldValueTypeInvalid", message };
}

function typeName(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (isObject(value)) return "object";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function alternatives(value: JsonValue, schema: Schema, path: string, result: Result): void {
  const quoted = JSON.stringify(said(path));
  const say = (why: string): void => void result.problems.push(invalidValue("<nil>", "", `${quoted} ${why}`));
  if (schema.anyOf !== undefined && schema.anyOf.length > 0) {
    const results = schema.anyOf.map((one) => check(value, one, path, undefined));
    const held = results.find(({ problems }) => problems.length === 0);
    if (held === undefined) say("must validate at least one schema (anyOf)");
    merge(result, held ?? best(results));
  }
  if (schema.oneOf !== undefined && schema.oneOf.length > 0) {
    const results = schema.oneOf.map((one) => check(value, one, path, undefined));
    const held = results.filter(({ problems }) => problems.length === 0);
    if (held.length === 1) merge(result, held[0]!);
    else {
      const found = held.length === 0 ? "Found none valid" : `Found ${held.length} valid alternatives`;
      say(`must validate one and only one schema (oneOf). ${found}`);
      if (held.length === 0) merge(result, best(results));
    }
  }
  if (schema.allOf !== undefined && schema.allOf.length > 0) {
    const results = schema.allOf.map((one) => check(value, one, path, undefined));
    for (const one of results) merge(result, one);
    const held = results.filter(({ problems }) => problems.length === 0).length;
    if (held !== results.length) say(`must validate all the schemas (allOf)${held === 0 ? ". None validated" : ""}`);
  }
  if (schema.not !== undefined && check(value, schema.not, path, undefined).problems.length === 0) {
    say("must not validate the schema (not)");
  }
  result.matches++;
}

function best(results: readonly Result[]): Result {
  let found = results[0]!;
  for (const one of results) if (one.matches > found.matches) found = one;
  return found;
}

function textProblems(value: string, { maxLength, minLength, pattern }: Schema, path: string): FieldProblem[] {
  const length = [...value].length;
  const problems: FieldProblem[] = [];
  if (maxLength !== undefined && length > maxLength) problems.push(tooLong(fieldOf(path), maxLength));
  if (minLength !== undefined && length < minLength) {
    problems.push(bad(path, value, `should be at least ${minLength} chars long`));
  }
  if (pattern !== undefined && validate(value, { type: "string", pattern }).length > 0) {
    problems.push(bad(path, value, `should match '${pattern}'`));
  }
  return problems;
}

function formatProblems(value: string, { format }: Schema, path: string): FieldProblem[] {
  if (format === undefined || !validate(value, { type: "string", format }).some(({ kind }) => kind === "format"))
    return [];
  const { field, message } = bad(path, value, `must be of type ${format}: ${JSON.stringify(value)}`);
  return [{ field, reason: "FieldValueTypeInvalid", message }];
}

function numberProblems(value: number, schema: Schema, path: string): FieldProblem[] {
  const { multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const problems: FieldProblem[] = [];
  if (multipleOf !== undefined) {
    // Whole numbers are compared as such, with what is left of the factor.
    const factor = Number.isInteger(value) ? Math.trunc(multipleOf) : multipleOf;
    if (factor <= 0) {
      const why = `factor MultipleOf declared for ${said(path)} must be positive: ${factor}`;
      problems.push(invalidValue(fieldOf(path), factor, why));
    } else if (!Number.isInteger(value / factor)) {
      problems.push(bad(path, value, `should be a multiple of ${multipleOf}`));
    }
  }
  if (minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    const than = exclusiveMinimum === true ? "greater than" : "greater than or equal to";
    problems.push(bad(path, value, `should be ${than} ${minimum}`));
  }
  if (maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    const than = exclusiveMaximum === true ? "less than" : "less than or equal to";
    problems.push(bad(path, value, `should be ${than} ${maximum}`));
  }
  return problems;
}

function listProblems(
  value: readonly JsonValue[],
  schema: Schema,
  path: string,
  old: JsonValue | undefined,
  result: Result,
): void {
  const { items, minItems, maxItems, uniqueItems } = schema;
  if (items !== undefined) {
    for (const [index, item] of value.entries()) {
      merge(result, check(item, items, `${path}[${index}]`, counterpart(item, schema, old)));
    }
  }
  if (minItems !== undefined && value.length < minItems) {
    result.problems.push(bad(path, value.length, `should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && value.length > maxItems) result.problems.push(tooMany(path, value.length, maxItems));
  if (uniqueItems === true && value.some((one, index) => value.slice(0, index).some((other) => equal(one, other)))) {
    result.problems.push(bad(path, value, "shouldn't contain duplicates"));
  }
  result.matches++;
}

/** The item of an old list that has the same keys. */
function counterpart(item: JsonValue, schema: Schema, old: JsonValue | undefined): JsonValue | undefined {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (keys === undefined || !Array.isArray(old)) return undefined;
  return old.find((other) => keys.every((key) => equal(get(item, key) ?? null, get(other, key) ?? null)));
}

function tooMany(path: string, found: number, most: number): FieldProblem {
  const message = `Too many: ${found}: must have at most ${most} items`;
  return { field: fieldOf(path), reason: "FieldValueTooMany", message };
}

function objectProblems(
  value: JsonObject,
  schema: Schema,
  path: string,
  old: JsonValue | undefined,
  result: Result,
): void {
  const { properties = {}, additionalProperties, required = [], minProperties, maxProperties } = schema;
  const count = Object.keys(value).length;
  const child = (key: string): string => (path === "" ? key : `${path}.${key}`);
  if (minProperties !== undefined && count < minProperties) {
    result.problems.push(bad(path, count, `should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && count > maxProperties) result.problems.push(tooMany(path, count, maxProperties));
  for (const [key, one] of Object.entries(value)) {
    if (Object.hasOwn(properties, key)) continue;
    if (isObject(additionalProperties))
      merge(result, check(one, additionalProperties as Schema, child(key), get(old, key)));
    else if (additionalProperties === false) {
      result.problems.push(invalidValue(fieldOf(path), "", `${said(path)}.${key} in body is a forbidden property`));
    }
  }
  for (const [key, one] of Object.entries(properties)) {
    if (Object.hasOwn(value, key)) merge(result, check(value[key]!, one, child(key), get(old, key)));
  }
  for (const key of required) if (!Object.hasOwn(value, key)) result.problems.push(requiredValue(child(key)));
}

function enumProblems(value: JsonValue, schema: Schema, path: string): FieldProblem[] {
  const { enum: known } = schema;
  if (known === undefined || known.length === 0 || known.some((one) => equal(one, value))) return [];
  const texts = known.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  return [unsupportedValue(fieldOf(path), value, texts)];
}
