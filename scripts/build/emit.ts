import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./workspace.ts";

/** Compiles every package into `outDir/<package>/src`: JavaScript with declarations, or declarations alone. */
export function emit(outDir: string, what: "all" | "declarations"): void {
  const tsc = path.join(root, "node_modules", ".bin", "tsc");
  const only = what === "declarations" ? ["--emitDeclarationOnly"] : [];
  const run = spawnSync(tsc, ["-p", "tsconfig.build.json", "--outDir", outDir, ...only], {
    cwd: root,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`tsc failed\n${run.stdout}${run.stderr}`);
  for (const file of declarationsIn(outDir)) writeFileSync(file, rewriteExtensions(readFileSync(file, "utf8")));
}

/** The compiler rewrites `./x.ts` in JavaScript only; declarations that name sources would need a newer TypeScript. */
function rewriteExtensions(declarations: string): string {
  return declarations.replace(/(\bfrom |\bimport\(|\bimport )"(\.{1,2}\/[^"]+)\.ts"/g, '$1"$2.js"');
}

export function declarationsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".d.ts"))
    .map((file) => path.join(folder, file));
}

/** The declaration files that a consumer can reach from `entries`, the entries among them. */
export function reachableDeclarations(entries: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const queue = [...entries];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (reached.has(file) || !existsSync(file)) continue;
    reached.add(file);
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(
      /(?:\bfrom |\bimport\(|\bimport )"(\.[^"]+)\.js"/g,
    )) {
      queue.push(path.resolve(path.dirname(file), `${specifier}.d.ts`));
    }
  }
  return reached;
}
