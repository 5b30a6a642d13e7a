import { formatPath, problemText, type FieldPath, type Problem, type ProblemKind } from "@fairlead/apimachinery";
import type { Finding } from "./finding/finding.ts";
import { isSensitive } from "./finding/sensitive.ts";
import { problemHint } from "./problem-hint.ts";
import { schemaFindings } from "./schema-findings.ts";
import type { ObjectRef } from "./object.ts";

const codes: Record<ProblemKind, keyof typeof schemaFindings.definitions> = {
  unknown: "FL050",
  type: "FL051",
  required: "FL052",
  enum: "FL053",
  pattern: "FL054",
  format: "FL055",
  minimum: "FL056",
  maximum: "FL057",
  multipleOf: "FL058",
  minLength: "FL059",
  maxLength: "FL060",
  minItems: "FL061",
  maxItems: "FL062",
  minProperties: "FL063",
  maxProperties: "FL064",
  duplicate: "FL065",
  anyOf: "FL066",
  oneOf: "FL067",
  not: "FL068",
  depth: "FL069",
  count: "FL070",
};

export interface ProblemContext {
  readonly object: ObjectRef;
  /** What to say of a missing field, by whoever can explain the object's fields. */
  readonly missingHint?: (path: FieldPath, object: ObjectRef) => string;
}

/**
 * A problem that the schema validator found, as a finding with the code of its kind. Secret values are not quoted;
 * what an API server tolerates is a warning.
 */
export function problemFinding(problem: Problem, { object, missingHint }: ProblemContext): Finding {
  const { path, kind, tolerated } = problem;
  const secret = isSensitive(object.kind, path) && kind !== "unknown";
  // An unknown field belongs to what it stands in; the finding itself points at the field.
  const where = formatPath(kind === "unknown" ? path.slice(0, -1) : path);
  const found = secret ? "a value that is not shown" : problem.found;
  const hint = kind === "required" ? missingHint?.(path, object) : problemHint(problem, secret);
  return schemaFindings(codes[kind], {
    message: `${where === "" ? "" : `${where}: `}${problemText({ path, kind, expected: problem.expected, found })}`,
    object,
    field: path,
    ...(tolerated === true ? { severity: "warning" as const } : {}),
    ...(hint === undefined ? {} : { hint }),
  });
}
