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
import { forbiddenValue, invalidValue, requiredValue } from "./field-problem.ts";

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

/** What the API server finds wrong with a `LabelSelector`. */
export function* labelSelectorProblems(at: string, selector: JsonObject): Generator<FieldProblem> {
  const labels = get(selector, "matchLabels");
  const sorted = Object.entries(isObject(labels) ? labels : {}).toSorted(([a], [b]) => compareText(a, b));
  for (const [key, value] of sorted) {
    yield* each(`${at}.matchLabels`, key, labelKeyProblem(key));
    yield* each(`${at}.matchLabels`, textOf(value), labelValueProblem(textOf(value)));
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
  yield* each(`${at}.key`, key, labelKeyProblem(key));
  for (const [index, value] of values.entries()) {
    yield* each(`${at}.values[${index}]`, textOf(value), labelValueProblem(textOf(value)));
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
function* each(field: string, value: string, objections: string | undefined): Generator<FieldProblem> {
  for (const one of objections?.split("; ") ?? []) yield invalidValue(field, value, one);
}
