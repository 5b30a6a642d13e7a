import {
  get,
  isObject,
  labelKeyProblem,
  labelValueProblem,
  matchesLabelSelector,
  labelSelector,
  portNameProblem,
  compareText,
  equal,
  type JsonObject,
  type JsonValue,
  type Labels,
  textOf,
} from "@fairlead/apimachinery";
import type { FieldProblem } from "../../errors.ts";
import { labelSelectorProblems } from "../../label-problems.ts";
import { invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";

export type Problems = Generator<FieldProblem>;

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

export function read(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let found = value;
  for (const key of path) found = get(found, key);
  return found;
}

export function text(value: JsonValue | undefined, ...path: readonly string[]): string {
  return textOf(read(value, ...path));
}

export function isSet(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}

/** Every objection of a check that gives several as one text. */
export function* objections(at: string, value: unknown, why: string | undefined): Problems {
  for (const one of why?.split("; ") ?? []) yield invalidValue(at, value, one);
}

/** Numbers that may not be less than 0, where they are set. */
export function* nonNegative(at: string, holder: JsonValue | undefined, ...keys: readonly string[]): Problems {
  for (const key of keys) {
    const value = get(holder, key);
    if (typeof value === "number" && value < 0) {
      yield invalidValue(`${at}.${key}`, value, "must be greater than or equal to 0");
    }
  }
}

/** One of several texts; required where it is empty. */
export function* oneOf(at: string, value: JsonValue | undefined, known: readonly string[]): Problems {
  if (textOf(value) === "") yield requiredValue(at);
  else if (!known.includes(textOf(value))) yield unsupportedValue(at, value, known);
}

export function* labels(at: string, value: JsonValue | undefined): Problems {
  const sorted = Object.entries(isObject(value) ? value : {}).toSorted(([a], [b]) => compareText(a, b));
  for (const [key, one] of sorted) {
    yield* objections(at, key, labelKeyProblem(key));
    yield* objections(at, one, labelValueProblem(textOf(one)));
  }
}

export function* portNumber(at: string, port: JsonValue | undefined): Problems {
  if (typeof port !== "number" || port < 1 || port > 65_535) {
    yield invalidValue(at, port ?? 0, "must be between 1 and 65535, inclusive");
  }
}

export function* portNumberOrName(at: string, port: JsonValue | undefined): Problems {
  if (typeof port === "string") yield* objections(at, port, portNameProblem(port));
  else yield* portNumber(at, port);
}

export function* immutable(at: string, value: JsonValue | undefined, old: JsonValue | undefined): Problems {
  if (!equal(value ?? null, old ?? null)) yield invalidValue(at, value, "field is immutable");
}

/** A map as the server prints it: by its keys. */
export function sortedMap(map: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => compareText(a, b)));
}

export function stringMap(value: JsonValue | undefined): Labels {
  const result: Record<string, string> = {};
  for (const [key, one] of Object.entries(isObject(value) ? value : {})) result[key] = textOf(one);
  return result;
}

/** Undefined for what is no selector. */
export function selects(selector: JsonValue | undefined, template: JsonValue | undefined): boolean | undefined {
  if (labelSelector(selector) === undefined) return undefined;
  if (isObject(selector) && [...labelSelectorProblems("", selector)].length > 0) return undefined;
  return matchesLabelSelector(selector, stringMap(read(template, "metadata", "labels")));
}

export function isEmptySelector(selector: JsonValue | undefined): boolean {
  const own = get(selector, "matchLabels");
  return Object.keys(isObject(own) ? own : {}).length + listOf(get(selector, "matchExpressions")).length === 0;
}

export function specOf(object: JsonObject): JsonObject {
  return isObject(object["spec"]) ? object["spec"] : {};
}
