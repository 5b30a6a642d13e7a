import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { bundleCli } from "../../scripts/build/bundle.ts";
import { buildPackages } from "../../scripts/build/packages.ts";
import { manifest, root } from "../../scripts/build/workspace.ts";

/** Builds the packages below `folder`, as a release would, and packs each; gives the tarball of each package's folder. */
export async function packWorkspace(folder: string, packages: readonly string[]): Promise<Map<string, string>> {
  const staged = (name: string): string => path.join(folder, "packages", name);
  for (const name of packages) {
    cpSync(path.join(root, "packages", name), staged(name), {
      recursive: true,
      // Without the checkout's own build and whatever else lies about; the sources must not be needed, but must not be packed.
      filter: (file) => !["dist", "node_modules"].includes(path.basename(file)),
    });
  }
  buildPackages(packages, (name) => path.join(staged(name), "dist"));
  if (packages.includes("fairlead")) await bundleCli(undefined, path.join(staged("fairlead"), "dist", "fairlead.mjs"));
  const tarballs = new Map<string, string>();
  const files = npmPack(folder, packages.map(staged));
  packages.forEach((name, index) => tarballs.set(name, files[index]!));
  return tarballs;
}

/** Tarballs of the published packages' dependencies, made from what is installed here, so that no network is needed. */
export function packDependencies(folder: string, packages: readonly string[]): string[] {
  const found = new Map<string, string>();
  const queue = packages.flatMap((name) => Object.keys(manifest(name)?.dependencies ?? {}));
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name) || packages.some((own) => manifest(own)?.name === name)) continue;
    const at = path.join(root, "node_modules", name);
    found.set(name, at);
    queue.push(...neededBy(JSON.parse(readFileSync(path.join(at, "package.json"), "utf8")) as Needs));
  }
  return npmPack(folder, [...found.values()]);
}

interface Needs {
  readonly dependencies?: object;
  readonly peerDependencies?: object;
  readonly peerDependenciesMeta?: { readonly [name: string]: { readonly optional?: boolean } };
}

/** npm installs peers too, unless they are optional. */
function neededBy({ dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} }: Needs): string[] {
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...peers];
}

function npmPack(folder: string, sources: readonly string[]): string[] {
  if (sources.length === 0) return [];
  const tarballs = path.join(folder, "tarballs");
  mkdirSync(tarballs, { recursive: true });
  const out = npm(folder, ["pack", "--json", "--ignore-scripts", "--pack-destination", tarballs, ...sources]);
  const packed = JSON.parse(out) as { filename: string }[] | { [name: string]: { filename: string } };
  return Object.values(packed).map(({ filename }) => path.join(tarballs, path.basename(filename)));
}

/** Runs npm, never over the network; throws with its output when it fails. */
export function npm(cwd: string, args: readonly string[]): string {
  const run = spawnSync("npm", [...args, "--offline", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`npm ${args[0]} ended with ${run.status}\n${run.stdout}${run.stderr}`);
  return run.stdout;
}

/** Every file below a folder, with paths relative to it. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
