/**
 * Preloaded (`node --import`) into the process that runs the unit tests: whatever a test compiles without an error is
 * written, one JSON object per line, to a file in the folder that FAIRLEAD_RENDERED names. The compiler itself knows
 * nothing of this: its module is wrapped as it is loaded.
 */
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Compilation } from "../../packages/fairlead/src/compile/compile.ts";

/** Enough for every test; a property that generates more than this is cut, and the file says so by its length. */
export const mostObjects = 20_000;

const folder = process.env["FAIRLEAD_RENDERED"];
const target = /\/packages\/fairlead\/src\/compile\/compile\.ts$/;
const declaration = "export async function compileTo<Kept>(";

if (folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${process.pid}.jsonl`);
  const seen = new Set<string>();
  const record = (objects: readonly KrmObject[], { findings }: Pick<Compilation, "findings">): void => {
    if (findings.some(({ severity }) => severity === "error")) return;
    for (const object of objects) {
      const line = canonicalJson(object);
      if (seen.size >= mostObjects || seen.has(line)) continue;
      seen.add(line);
      appendFileSync(file, `${line}\n`);
    }
  };
  Object.assign(globalThis, { [Symbol.for("fairlead.record")]: record });
  registerHooks({
    load(url, context, next) {
      if (!target.test(url)) return next(url, context);
      return {
        format: "module-typescript",
        source: wrap(readFileSync(fileURLToPath(url), "utf8")),
        shortCircuit: true,
      };
    },
  });
}

/** The compiler's source with one function put around another, so that its callers pass through both. */
export function wrap(source: string): string {
  if (!source.includes(declaration)) throw new Error(`the compiler no longer has the line ${declaration}`);
  return `${source.replace(declaration, "async function compileUnrecorded<Kept>(")}
export async function compileTo<Kept>(
  resources: readonly Resource[],
  options: CompileOptions,
  keep: (generated: Generated) => Kept,
) {
  const objects: unknown[] = [];
  const result = await compileUnrecorded(resources, options, (generated) => {
    objects.push(generated.object);
    return keep(generated);
  });
  (globalThis as any)[Symbol.for("fairlead.record")](objects, result);
  return result;
}
`;
}
