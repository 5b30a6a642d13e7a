import { requestDeclarations } from "../cel/admission-variables.ts";
import type { Declarations } from "../cel/declared.ts";
import {
  compileExpression,
  type CompiledExpression,
  type ExpressionResult,
  type Variables,
} from "../cel/expressions.ts";
import { get, isObject, type JsonObject, type JsonValue } from "../json.ts";

/** One expression of a webhook or a policy, compiled or not. */
export interface Condition {
  readonly name: string;
  readonly expression: string;
  readonly compiled: CompiledExpression;
}

export type Conditions = readonly Condition[];

export function compileCondition(
  name: string,
  expression: string,
  variables: Declarations,
  returns?: readonly string[],
): Condition {
  const compiled = compileExpression(expression, returns === undefined ? { variables } : { variables, returns });
  return { name, expression, compiled };
}

/** `matchConditions` of a webhook or a policy. */
export function matchConditions(of: JsonObject, variables = requestDeclarations({ authorizer: true })): Conditions {
  const list = get(of, "matchConditions");
  if (!Array.isArray(list)) return [];
  return list
    .filter(isObject)
    .map((one) => compileCondition(text(get(one, "name")), text(get(one, "expression")), variables, ["bool"]));
}

const text = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");

/** Turns of folds that all expressions of one webhook's conditions may do together. */
export const conditionTurns = 500_000;

/** What went wrong, in the words of the API server, or the result. */
export function evaluateCondition(
  { expression, compiled }: Condition,
  variables: Variables,
  budget: { turns: number },
): ExpressionResult {
  if ("problem" in compiled) return { kind: "error", message: `compilation error: ${compiled.problem}` };
  const result = compiled.evaluate(variables, budget);
  if (result.kind === "value") return result;
  return { kind: "error", message: `expression '${expression}' resulted in error: ${result.message}` };
}

export type ConditionsResult = { readonly kind: "yes" | "no" } | { readonly kind: "failed"; readonly message: string };

/** One condition that is false decides; errors count only where none is, and only if failing is what is wanted. */
export function evaluateConditions(
  conditions: Conditions,
  variables: Variables,
  failurePolicy: string,
): ConditionsResult {
  const problems: string[] = [];
  const budget = { turns: conditionTurns };
  for (const condition of conditions) {
    const result = evaluateCondition(condition, variables, budget);
    if (result.kind === "error") problems.push(result.message);
    else if (result.value === false) return { kind: "no" };
  }
  if (problems.length === 0) return { kind: "yes" };
  return failurePolicy === "Ignore" ? { kind: "no" } : { kind: "failed", message: aggregateMessages(problems) };
}

/** Several errors in one text, as Go's aggregates print them: each once, in brackets if there are more. */
export function aggregateMessages(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(", ")}]`;
}
