import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build as esbuild, type Metafile } from "esbuild";
import { directImports } from "./direct-imports.ts";
import { lazyBuiltins } from "./lazy-builtins.ts";
import { licences } from "./licences.ts";
import { escapedLetters, joinParts, type Chunk } from "./parts.ts";
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
export async function bundleCli(entry = mainFile, outFile = "packages/fairlead/dist/fairlead.mjs"): Promise<Bundle> {
  const file = path.resolve(root, outFile);
  const { main, parts, metafile } = await split(entry, path.dirname(file), "[name]-[hash]");
  const inOneFolder = parts.map(({ name, text }) => ({ name: `./${name}`, text }));
  const text = joinParts({ name: `./${main.name}`, text: main.text }, inOneFolder);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  writeFileSync(path.join(path.dirname(file), "THIRD_PARTY_LICENSES.txt"), licences(metafile));
  return { file, bytes: Buffer.byteLength(text), weights: weights(metafile) };
}

/**
 * The same as `file` and, in the folder `parts` beside it, a file for each part: for what runs for long. Node keeps the
 * text of a file in memory as long as anything of it may run, and so of parts only of those that were asked for.
 * @returns paths from the file's folder, the file's own first.
 */
export async function bundleModules(file: string, entry = mainFile): Promise<readonly string[]> {
  const folder = path.dirname(file);
  const { main, parts, metafile } = await split(entry, folder, "parts/[name]-[hash]");
  mkdirSync(path.join(folder, "parts"), { recursive: true });
  const written = [{ name: path.basename(file), text: main.text }, ...parts];
  for (const { name, text } of written) writeFileSync(path.join(folder, name), escapedLetters(text));
  const notice = { name: "THIRD_PARTY_LICENSES.txt", text: licences(metafile) };
  writeFileSync(path.join(folder, notice.name), notice.text);
  return [...written, notice].map(({ name }) => name);
}

const mainFile = "packages/fairlead/src/main.ts";

interface Split {
  /** Names are paths below the folder. */
  readonly main: Chunk;
  /** In the order of their names. */
  readonly parts: readonly Chunk[];
  readonly metafile: Metafile;
}

async function split(entry: string, folder: string, chunkNames: string): Promise<Split> {
  const { outputFiles, metafile } = await esbuild({
    absWorkingDir: root,
    entryPoints: [entry],
    // Nothing is written there: that is for who asked.
    outdir: folder,
    entryNames: "[name]",
    chunkNames,
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
  const chunks = outputFiles.map(({ path: at, text }) => ({ name: path.relative(folder, at), text }));
  const isMain = ({ name }: Chunk): boolean => name === `${path.basename(entry, path.extname(entry))}.mjs`;
  return {
    main: chunks.find(isMain)!,
    parts: chunks.filter((chunk) => !isMain(chunk)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    metafile,
  };
}

/** Copies the bundle where a clone's user looks for it. */
export function copyToRoot(bundle: Bundle): void {
  const dist = path.join(root, "dist");
  mkdirSync(dist, { recursive: true });
  for (const name of [path.basename(bundle.file), "THIRD_PARTY_LICENSES.txt"]) {
    copyFileSync(path.join(path.dirname(bundle.file), name), path.join(dist, name));
  }
}
