import type { Metafile } from "esbuild";

/** What V8 has to read before a module behind a dynamic `import()` runs: its own part and all that those import. */
export interface Weight {
  readonly bytes: number;
  /** The source files in it, as paths from the repository's root. */
  readonly inputs: ReadonlySet<string>;
}

/**
 * The weight of every entry point of a build with splitting, by its source file.
 * @throws when parts import each other in a circle: one of them would run before what it needs.
 */
export function weights({ outputs }: Metafile): Map<string, Weight> {
  const reached = (output: string, path: readonly string[], all: Set<string>): Set<string> => {
    if (path.includes(output)) throw new Error(`parts import each other: ${[...path, output].join(" -> ")}`);
    if (all.has(output)) return all;
    for (const { kind, path: imported } of outputs[output]!.imports) {
      if (kind === "import-statement" && outputs[imported] !== undefined) reached(imported, [...path, output], all);
    }
    return all.add(output);
  };
  const found = new Map<string, Weight>();
  for (const [output, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint === undefined) continue;
    const parts = [...reached(output, [], new Set())].map((name) => outputs[name]!);
    found.set(entryPoint, {
      bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
      inputs: new Set(parts.flatMap(({ inputs }) => Object.keys(inputs))),
    });
  }
  return found;
}
