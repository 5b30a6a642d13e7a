import { invalidValue } from "../../field-problem.ts";
import type { Problems } from "./checks.ts";

export function* withoutBacksteps(at: string, path: string): Problems {
  if (path.split("/").includes("..")) yield invalidValue(at, path, "must not contain '..'");
}

/** A path below the volume. */
export function* descendingPath(at: string, path: string): Problems {
  if (path.startsWith("/")) yield invalidValue(at, path, "must be a relative path");
  yield* withoutBacksteps(at, path);
}

/** … that is not among those with which the kubelet swaps contents. */
export function* unreservedPath(at: string, path: string): Problems {
  yield* descendingPath(at, path);
  if (path.startsWith("..") && !path.startsWith("../")) yield invalidValue(at, path, "must not start with '..'");
}
