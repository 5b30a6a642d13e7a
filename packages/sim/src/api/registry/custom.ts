import { formatPath, validate, type JsonObject, type Problem } from "@fairlead/apimachinery";
import { checkRules, type RuleProblem } from "@fairlead/apimachinery/cel";
import type { FieldProblem } from "../../errors.ts";
import type { Kind } from "../../resources/kind.ts";

/** What the schema of a custom resource refuses, and then what its CEL rules refuse. */
export function customProblems(object: JsonObject, kind: Kind, old?: JsonObject): FieldProblem[] {
  const { schema } = kind;
  if (schema === undefined) return [];
  const options = kind.resolve === undefined ? {} : { resolve: kind.resolve };
  const problems = validate(object, schema, { ...options, resource: true })
    .filter((one) => one.kind !== "unknown")
    .map((one) => schemaProblem(one, object));
  if (problems.length > 0) return problems;
  return checkRules(object, schema, old === undefined ? options : { ...options, old }).map(ruleProblem);
}

export function customUpdateProblems(
  object: JsonObject,
  old: JsonObject,
  kind: Kind,
  _subresource: string,
): FieldProblem[] {
  return customProblems(object, kind, old);
}

function ruleProblem({ path, message, reason }: RuleProblem): FieldProblem {
  const field = formatPath(path);
  const heads: Readonly<Record<string, string>> = {
    FieldValueInvalid: "Invalid value: ",
    FieldValueForbidden: "Forbidden: ",
    FieldValueRequired: "Required value: ",
    FieldValueDuplicate: "Duplicate value: ",
  };
  return { field, reason, message: `${heads[reason] ?? ""}${message}` };
}

function schemaProblem(problem: Problem, _object: JsonObject): FieldProblem {
  const field = formatPath(problem.path);
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${problem.found}: ${problem.expected}` };
}
