import type { FieldPath } from "@fairlead/apimachinery";

/** The inverse of `formatPath`: `spec.containers[0].name`, `metadata.annotations[example.com/x]`. */
export function parsePath(text: string): FieldPath {
  const path: (string | number)[] = [];
  for (const match of text.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)) {
    const [, bracketed, name] = match;
    if (name !== undefined) path.push(name);
    else if (bracketed !== undefined) path.push(/^\d{1,9}$/.test(bracketed) ? Number(bracketed) : bracketed);
  }
  return path;
}
