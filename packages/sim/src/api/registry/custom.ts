import { formatPath, get, validate, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { checkRules, type RuleProblem } from "@fairlead/apimachinery/cel";
import { listProblems } from "../../crds/list-problems.ts";
import { schemaProblems } from "../../crds/schema-problems.ts";
import type { FieldProblem } from "../../errors.ts";
import { invalidValue } from "../../field-problem.ts";
import type { Kind } from "../../resources/kind.ts";

/** Problems after which rules are not asked: they may rely on what is wrong. */
const blocking: ReadonlySet<string> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

const unchecked =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/** What the schema of a custom resource refuses, and then what its CEL rules refuse. */
export function customProblems(object: JsonObject, kind: Kind, old?: JsonObject, subresource = ""): FieldProblem[] {
  const { schema } = kind;
  if (schema === undefined) return scaleProblems(object, kind, subresource);
  const options = kind.resolve === undefined ? {} : { resolve: kind.resolve };
  // The exact words take a second walk, which only objects with problems need.
  const isFine = validate(object, schema, { ...options, resource: true }).every((one) => one.kind === "unknown");
  const status = schema.properties?.["status"];
  const shown =
    subresource !== "status"
      ? schemaProblems(object, schema, "", old)
      : status === undefined || object["status"] === undefined
        ? []
        : schemaProblems(object["status"], status, "status", old?.["status"]);
  const problems = [
    ...(isFine ? [] : shown),
    ...scaleProblems(object, kind, subresource),
    ...(isFine ? [] : listProblems(object, schema, "")),
  ];
  if (problems.some(({ reason }) => blocking.has(reason))) {
    return hasRules(schema) ? [...problems, invalidValue("<nil>", null, unchecked)] : problems;
  }
  const rules = checkRules(object, schema, old === undefined ? options : { ...options, old });
  return [...problems, ...rules.map((one) => ruleProblem(one, object))];
}

export function customUpdateProblems(
  object: JsonObject,
  old: JsonObject,
  kind: Kind,
  subresource: string,
): FieldProblem[] {
  return customProblems(object, kind, old, subresource);
}

const withRules = new WeakMap<object, boolean>();

function hasRules(schema: object): boolean {
  const known = withRules.get(schema);
  if (known !== undefined) return known;
  const found = JSON.stringify(schema).includes('"x-kubernetes-validations"');
  withRules.set(schema, found);
  return found;
}

function scaleProblems(object: JsonObject, { scale }: Kind, subresource: string): FieldProblem[] {
  if (scale === undefined) return [];
  const paths =
    subresource === "status" ? [scale.statusReplicasPath] : [scale.specReplicasPath, scale.statusReplicasPath];
  return paths.flatMap((path) => {
    const value = valueAt(
      object,
      path.split(".").filter((step) => step !== ""),
    );
    return typeof value === "number" && value < 0
      ? [invalidValue(path, value, "should be a non-negative integer")]
      : [];
  });
}

function valueAt(object: JsonObject, path: FieldPath): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const step of path) {
    value = typeof step === "number" ? (Array.isArray(value) ? value[step] : undefined) : get(value, step);
  }
  return value;
}

function ruleProblem({ path, message, reason }: RuleProblem, object: JsonObject): FieldProblem {
  const field = formatPath(path);
  const value = valueAt(object, path);
  const isScalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  const heads: Readonly<Record<string, string>> = {
    FieldValueInvalid: isScalar ? `Invalid value: ${JSON.stringify(value)}: ` : "Invalid value: ",
    FieldValueForbidden: "Forbidden: ",
    FieldValueRequired: "Required value: ",
    FieldValueDuplicate: "Duplicate value: ",
  };
  return { field, reason, message: `${heads[reason] ?? ""}${message}` };
}
