import {
  formatPath,
  isObject,
  setOwn,
  validate,
  type FieldPath,
  type JsonObject,
  type JsonValue,
  type Schema,
} from "@fairlead/apimachinery";
import { problemFinding, type ObjectRef } from "@fairlead/krm";

export interface SpecProblem {
  readonly kind: "unknown" | "value";
  readonly path: FieldPath;
  readonly message: string;
  readonly hint?: string;
}

/** What a schema cannot say of a value. */
export type CheckValues = (spec: JsonValue) => Iterable<{
  readonly path: FieldPath;
  readonly message: string;
  readonly hint?: string | undefined;
}>;

export interface TypedSpec {
  /** Without what cannot be used, and without nulls, which say nothing: it obeys the schema. */
  readonly spec: JsonValue;
  /** At most a hundred. */
  readonly problems: readonly SpecProblem[];
}

const mostFindings = 100;
/** A spec with more problems than that is not read at all. */
const mostProblems = 10_000;

/**
 * Reads a configuration so that one mistake costs one field: what cannot be used is left out and told, and whatever holds
 * where nothing is said holds in its place. Total.
 */
export function typedSpec(value: JsonValue, schema: Schema, object: ObjectRef, check: CheckValues): TypedSpec {
  const problems: SpecProblem[] = [];
  const bad = new Set<string>();
  const found = validate(value, schema, { limit: mostProblems });
  if (found.length >= mostProblems) bad.add(pathKey([]));
  for (const problem of found) {
    bad.add(pathKey(problem.path));
    if (problems.length >= mostFindings) continue;
    const { message, hint } = problemFinding(problem, { object });
    const kind = problem.kind === "unknown" ? "unknown" : "value";
    problems.push({ kind, message, path: problem.path, ...(hint !== undefined && { hint }) });
  }
  const typed = without(value, [], bad);
  for (const { path, message, hint } of check(typed)) {
    bad.add(pathKey(path));
    if (problems.length >= mostFindings) continue;
    const text = `${formatPath(path)}: ${message}`;
    problems.push({ kind: "value", message: text, path, ...(hint !== undefined && { hint }) });
  }
  return { spec: bad.size === 0 ? typed : without(value, [], bad), problems };
}

function pathKey(path: FieldPath): string {
  return JSON.stringify(path);
}

/** A copy without the values at these paths, and without nulls, which say nothing. */
function without(value: JsonValue, path: FieldPath, bad: ReadonlySet<string>): JsonValue {
  if (path.length === 0 && (bad.has("[]") || !isObject(value))) return {};
  const stays = (item: JsonValue | undefined, at: FieldPath): item is JsonValue =>
    item !== undefined && item !== null && !bad.has(pathKey(at));
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      const at = [...path, index];
      return stays(item, at) ? [without(item, at, bad)] : [];
    });
  }
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    const at = [...path, key];
    if (!stays(item, at)) continue;
    const rest = without(item, at, bad);
    // Of a list in which nothing could be used, nothing is said: the preset holds.
    if (Array.isArray(rest) && rest.length === 0 && Array.isArray(item) && item.length > 0) continue;
    setOwn(copy, key, rest);
  }
  return copy;
}
