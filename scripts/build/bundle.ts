import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { build as esbuild, type Metafile, type Plugin } from "esbuild";
import { root } from "./workspace.ts";

export interface Bundle {
  readonly file: string;
  readonly bytes: number;
}

/**
 * Bundles the command line into one self-contained file that needs only Node, and copies it to the root's `dist/`.
 * Modules behind a dynamic `import()` stay unevaluated until a command asks for them: in one file esbuild wraps each in
 * a function (a test keeps it so).
 */
export async function bundleCli(
  entry = "packages/fairlead/src/main.ts",
  outFile = "packages/fairlead/dist/fairlead.mjs",
): Promise<Bundle> {
  const file = path.resolve(root, outFile);
  const result = await esbuild({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    conditions: ["@fairlead/source"],
    plugins: [lazyBuiltins],
    // As it is in any ES module; pino asks.
    define: { "require.main": "undefined" },
    // Not minified: it saves an eighth of the bytes and no time, and stack traces would say nothing.
    banner: { js: "#!/usr/bin/env node" },
    legalComments: "none",
    metafile: true,
    logLevel: "silent",
  });
  chmodSync(file, 0o755);
  writeFileSync(path.join(path.dirname(file), "THIRD_PARTY_LICENSES.txt"), licences(result.metafile));
  return { file, bytes: readFileSync(file).length };
}

/**
 * An import of one of Node's own modules is hoisted to the top of an ES module, so every command would load what any
 * command needs (7 ms). As CommonJS modules they are loaded when the module that imports them is first evaluated.
 */
const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path: id }) => {
      if (id.startsWith("node:")) return { path: id, namespace: "builtin" };
      // CommonJS packages ask for them without the prefix; esbuild would leave that to a `require` that is not there.
      if (builtinModules.includes(id)) return { path: `node:${id}`, namespace: "builtin" };
      return optional.has(id) ? { path: id, namespace: "absent" } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path: id }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(id)});`,
      loader: "js",
    }));
    build.onLoad({ filter: /.*/, namespace: "absent" }, ({ path: id }) => ({
      contents: `throw new Error(${JSON.stringify(`${id} is not there`)});`,
      loader: "js",
    }));
  },
};

/** Native speed-ups that packages try to load and do without. */
const optional = new Set(["bufferutil", "utf-8-validate"]);

/** Copies the bundle where a clone's user looks for it. */
export function copyToRoot(bundle: Bundle): void {
  const dist = path.join(root, "dist");
  mkdirSync(dist, { recursive: true });
  for (const name of [path.basename(bundle.file), "THIRD_PARTY_LICENSES.txt"]) {
    copyFileSync(path.join(path.dirname(bundle.file), name), path.join(dist, name));
  }
}

/** The licence texts of the packages that are part of the bundle: their licences ask for it. */
function licences(metafile: Metafile): string {
  const names = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name !== undefined) names.add(name);
  }
  const sections = [...names].sort().map((name) => {
    const folder = path.join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as {
      version: string;
      license: string;
    };
    const file = readdirSync(folder).find(
      (entry) => /^licen[cs]e/i.test(entry) && existsSync(path.join(folder, entry)),
    );
    const text =
      file === undefined ? `Licensed under ${license}.` : readFileSync(path.join(folder, file), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return `This file contains the following packages.\n\n${sections.join(`\n${"-".repeat(80)}\n\n`)}`;
}
