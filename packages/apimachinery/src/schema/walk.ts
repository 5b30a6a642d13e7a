import type { FieldPath } from "../path.ts";
import type { Problem, ProblemKind } from "./problem.ts";

/** One validation under way: where it stands and what it found. */
export type Walk = {
  readonly path: (string | number)[];
  readonly problems: Problem[];
  readonly limit: number;
};

export function report(
  walk: Walk,
  kind: ProblemKind,
  expected: string,
  found: string,
  more: Pick<Problem, "suggestion" | "known"> = {},
): void {
  if (walk.problems.length > walk.limit) return;
  if (walk.problems.length === walk.limit) {
    walk.problems.push({ path: [], kind: "count", expected: "", found: `more than ${walk.limit} problems` });
    return;
  }
  const path: FieldPath = [...walk.path];
  walk.problems.push({ path, kind, expected, found, ...more });
}
