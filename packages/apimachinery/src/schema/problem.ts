import { isRawNumber } from "../json.ts";
import { formatPath, type FieldPath } from "../path.ts";

/** What a value breaks. `depth` and `count` mean that the walk stopped there, unable or unwilling to look further. */
export type ProblemKind =
  | "type"
  | "required"
  | "unknown"
  | "enum"
  | "pattern"
  | "format"
  | "minimum"
  | "maximum"
  | "multipleOf"
  | "minLength"
  | "maxLength"
  | "minItems"
  | "maxItems"
  | "minProperties"
  | "maxProperties"
  | "duplicate"
  | "anyOf"
  | "oneOf"
  | "not"
  | "depth"
  | "count";

export type Problem = {
  readonly path: FieldPath;
  readonly kind: ProblemKind;
  /** What the schema asks for, as a noun phrase: `integer`, `one of Always, Never`. */
  readonly expected: string;
  /** What stands there: `string "80"`; the name for an unknown or missing field. */
  readonly found: string;
  /** The name or value that was probably meant. */
  readonly suggestion?: string;
  /** The fields that there are, beside an unknown one that is like none of them. */
  readonly known?: readonly string[];
  /** The API server accepts it for built-in kinds (a list key that occurs twice in `env`, say). */
  readonly tolerated?: true;
};

/** One sentence for one problem, with its path: `spec.replicas: expected integer, found string "3"`. */
export function formatProblem(problem: Problem): string {
  const where = formatPath(problem.path);
  return `${where === "" ? "" : `${where}: `}${problemText(problem)}`;
}

/** The sentence without the path. */
export function problemText({ kind, expected, found, suggestion }: Problem): string {
  const hint = suggestion === undefined ? "" : `; did you mean ${JSON.stringify(suggestion)}?`;
  switch (kind) {
    case "required":
      return `required field ${JSON.stringify(found)} is missing`;
    case "unknown":
      return `unknown field ${JSON.stringify(found)}${hint}`;
    case "duplicate":
      return `duplicate ${found}`;
    case "depth":
    case "count":
      return found;
    default:
      return `expected ${expected}, found ${found}${hint}`;
  }
}

const longest = 60;

/** A value in a message: its type, and itself when it is short. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (isRawNumber(value)) return `integer ${value.rawJSON}`;
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return `string ${JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value)}`;
    case "number":
      return `${Number.isInteger(value) ? "integer" : "number"} ${value}`;
    case "boolean":
      return `boolean ${value}`;
    default:
      return "an object";
  }
}
