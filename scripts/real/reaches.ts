import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const imported = /(?:\bfrom|\bimport)\s*\(?\s*"(\.{1,2}\/[^"]+\.ts)"/g;

/**
 * Tells of TypeScript files whether their relative imports, static or dynamic, lead to `target` in the end. Text that
 * only looks like an import counts as one: a file too many is reached, never one too few.
 */
export function createReaches(target: string): (file: string) => boolean {
  const imports = new Map<string, readonly string[]>();
  const importsOf = (file: string): readonly string[] => {
    const known = imports.get(file);
    if (known !== undefined) return known;
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    const found = [...text.matchAll(imported)].map(([, name]) => path.resolve(path.dirname(file), name!));
    imports.set(file, found);
    return found;
  };
  return (start) => {
    const seen = new Set([path.resolve(start)]);
    for (const file of seen) {
      if (file === path.resolve(target)) return true;
      for (const one of importsOf(file)) seen.add(one);
    }
    return false;
  };
}
