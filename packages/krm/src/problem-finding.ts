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
}

/**
 * A problem that the schema validator found, as a finding with the code of its kind. Secret values are not quoted;
 * what an API server tolerates is a warning.
 */
export function problemFinding(problem: Problem, { object }: ProblemContext): Finding {
  const { path, kind, tolerated } = problem;
  const secret = isSensitive(object.kind, path) && kind !== "unknown";
  // An unknown field belongs to what it stands in; the finding itself points at the field.
  const where = formatPath(kind === "unknown" ? path.slice(0, -1) : path);
  const found = secret ? "a value that is not shown" : problem.found;
  const hint = kind === "required" ? explainHint(path, object) : problemHint(problem, secret);
  return schemaFindings(codes[kind], {
    message: `${where === "" ? "" : `${where}: `}${problemText({ path, kind, expected: problem.expected, found })}`,
    object,
    field: path,
    ...(tolerated === true ? { severity: "warning" as const } : {}),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Where the fields are explained that a kind of Fairlead's asks for; other kinds are not explained. */
function explainHint(path: FieldPath, { apiVersion, kind }: ObjectRef): string | undefined {
  if (!apiVersion.startsWith("fairlead.dev/")) return undefined;
  const names = path.filter((step) => typeof step === "string");
  const odd = names.findIndex((name) => !/^[A-Za-z]\w*$/.test(name));
  const asked = [kind, ...(odd < 0 ? names : names.slice(0, odd))].join(".");
  return `add the field; \`fairlead explain ${asked}\` shows what belongs there`;
}
