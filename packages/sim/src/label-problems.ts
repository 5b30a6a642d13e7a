import {
  compareText,
  get,
  isObject,
  type JsonObject,
  type JsonValue,
  labelKeyProblem,
  labelValueProblem,
  textOf,
} from "@fairlead/apimachinery";
import type { FieldProblem } from "./errors.ts";
import { forbiddenValue, invalidValue, requiredValue, tooLong } from "./field-problem.ts";

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

/** What the API server finds wrong with a `LabelSelector`. */
export function* labelSelectorProblems(at: string, selector: JsonObject): Generator<FieldProblem> {
  const labels = get(selector, "matchLabels");
  const sorted = Object.entries(isObject(labels) ? labels : {}).toSorted(([a], [b]) => compareText(a, b));
  for (const [key, value] of sorted) {
    yield* objections(`${at}.matchLabels`, key, labelKeyProblem(key));
    yield* objections(`${at}.matchLabels`, textOf(value), labelValueProblem(textOf(value)));
  }
  for (const [index, expression] of listOf(get(selector, "matchExpressions")).entries()) {
    yield* labelRequirementProblems(`${at}.matchExpressions[${index}]`, expression);
  }
}

/** … with one requirement of it. Reviews take operators that nobody knows yet. */
export function* labelRequirementProblems(
  at: string,
  requirement: JsonValue,
  options: { readonly anyOperator?: boolean } = {},
): Generator<FieldProblem> {
  const [key, operator] = [textOf(get(requirement, "key")), textOf(get(requirement, "operator"))];
  const values = listOf(get(requirement, "values"));
  const problem = valuesProblem(`${at}.values`, operator, values.length);
  if (problem !== undefined) yield problem;
  if (!knownOperators.includes(operator) && options.anyOperator !== true) {
    yield invalidValue(`${at}.operator`, operator, "not a valid selector operator");
  }
  yield* objections(`${at}.key`, key, labelKeyProblem(key));
  for (const [index, value] of values.entries()) {
    yield* objections(`${at}.values[${index}]`, textOf(value), labelValueProblem(textOf(value)));
  }
}

const knownOperators = ["In", "NotIn", "Exists", "DoesNotExist"];

/** Some operators need values, others take none. */
export function valuesProblem(at: string, operator: string, count: number): FieldProblem | undefined {
  if ((operator === "In" || operator === "NotIn") && count === 0) {
    return requiredValue(at, "must be specified when `operator` is 'In' or 'NotIn'");
  }
  return (operator === "Exists" || operator === "DoesNotExist") && count > 0
    ? forbiddenValue(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    : undefined;
}

/** Several objections to one value come as one text. */
export function objections(field: string, value: JsonValue, why: string | undefined): FieldProblem[] {
  return (why?.split("; ") ?? []).map((one) => invalidValue(field, value, one));
}

/** … with labels. */
export function labelProblems(at: string, labels: JsonValue): FieldProblem[] {
  const sorted = Object.entries(labels ?? {}).toSorted(([a], [b]) => compareText(a, b));
  return sorted.flatMap(([key, value]) => [
    ...objections(at, key, labelKeyProblem(key)),
    ...objections(at, value, labelValueProblem(textOf(value))),
  ]);
}

const longestAnnotations = 256 * 1024;

/** … with annotations. */
export function annotationProblems(at: string, annotations: JsonValue): FieldProblem[] {
  const problems: FieldProblem[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    size += Buffer.byteLength(key) + Buffer.byteLength(textOf(value));
    problems.push(...objections(at, key, labelKeyProblem(key.toLowerCase())));
  }
  if (size > longestAnnotations) problems.push(tooLong(at, longestAnnotations));
  return problems;
}
