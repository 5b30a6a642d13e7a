import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build as esbuild } from "esbuild";
import { directImports } from "./direct-imports.ts";
import { lazyBuiltins } from "./lazy-builtins.ts";
import { licences } from "./licences.ts";
import { joinParts, type Chunk } from "./parts.ts";
import { weights, type Weight } from "./weight.ts";
import { root } from "./workspace.ts";

export interface Bundle {
  readonly file: string;
  readonly bytes: number;
  /** What is compiled when a module behind a dynamic `import()` is asked for, by its source file; the entry's too. */
  readonly weights: ReadonlyMap<string, Weight>;
}

/**
 * Bundles the command line into one self-contained file that needs only Node. Modules behind a dynamic `import()` are
 * not even parsed until a command asks for them.
 */
export async function bundleCli(
  entry = "packages/fairlead/src/main.ts",
  outFile = "packages/fairlead/dist/fairlead.mjs",
): Promise<Bundle> {
  const file = path.resolve(root, outFile);
  const result = await esbuild({
    absWorkingDir: root,
    entryPoints: [entry],
    // Nothing is written there: joinParts makes one file of the outputs.
    outdir: path.dirname(file),
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    outExtension: { ".js": ".mjs" },
    write: false,
    splitting: true,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    conditions: ["@fairlead/source"],
    plugins: [lazyBuiltins, directImports],
    // As it is in any ES module; pino asks.
    define: { "require.main": "undefined" },
    // Not minified: it saves an eighth of the bytes and no time, and stack traces would say nothing.
    legalComments: "none",
    metafile: true,
    logLevel: "silent",
  });
  const chunks = result.outputFiles.map(({ path: at, text }) => ({ name: `./${path.basename(at)}`, text }));
  const isMain = ({ name }: Chunk): boolean => name === `./${path.basename(entry, path.extname(entry))}.mjs`;
  const text = joinParts(
    chunks.find(isMain)!,
    chunks.filter((chunk) => !isMain(chunk)).sort((a, b) => (a.name < b.name ? -1 : 1)),
  );
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  writeFileSync(path.join(path.dirname(file), "THIRD_PARTY_LICENSES.txt"), licences(result.metafile));
  return { file, bytes: Buffer.byteLength(text), weights: weights(result.metafile) };
}

/** Copies the bundle where a clone's user looks for it. */
export function copyToRoot(bundle: Bundle): void {
  const dist = path.join(root, "dist");
  mkdirSync(dist, { recursive: true });
  for (const name of [path.basename(bundle.file), "THIRD_PARTY_LICENSES.txt"]) {
    copyFileSync(path.join(path.dirname(bundle.file), name), path.join(dist, name));
  }
}
