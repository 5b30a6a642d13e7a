import type { FieldPath } from "@fairlead/apimachinery";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Whether the value at `path` may be a secret that must not be shown: the data of a Secret, the value of an environment
 * variable anywhere, and the copy of either that kubectl keeps in an annotation.
 */
export function isSensitive(kind: string, path: FieldPath): boolean {
  const [first, second, third] = path;
  if (kind === "Secret" && (first === "data" || first === "stringData")) return true;
  if (first === "metadata" && second === "annotations" && third === lastApplied) return true;
  for (let i = 1; i + 1 < path.length; i++) {
    if (path[i + 1] === "value" && typeof path[i] === "number" && path[i - 1] === "env") return true;
  }
  return false;
}

/** What stands in place of a value that must not be shown. */
export const mask = "••••••";
