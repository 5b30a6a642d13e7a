import { globSync, readFileSync } from "node:fs";
import path from "node:path";

export const root = path.dirname(path.dirname(import.meta.dirname));

export interface Source {
  /** From the root. */
  readonly file: string;
  readonly text: string;
}

/** The TypeScript and JavaScript that people write in this repository. */
export function sources(): Source[] {
  return globSync(["{packages,scripts,test,bench,examples,deploy}/**/*.{ts,mjs}"], { cwd: root })
    .filter((file) => !/(^|\/)(node_modules|dist|generated)\//.test(file))
    .sort()
    .map((file) => ({ file, text: readFileSync(path.join(root, file), "utf8") }));
}

/** The packages (not files, not Node's own) that a source imports. */
export function importedPackages(text: string): Set<string> {
  const pattern = /^(?:import|export) (?:[\w\s{},*$]*? from )?"([^"\n]+)"|\bimport\("([^"\n]+)"\)/gm;
  const specifiers = [...text.matchAll(pattern)].map((match) => match[1] ?? match[2]!);
  const bare = specifiers.filter((specifier) => !/^[./]|^node:|^file:/.test(specifier));
  return new Set(
    bare.map((specifier) =>
      specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/"),
    ),
  );
}
