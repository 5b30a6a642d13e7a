import { glob, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { compareText } from "@fairlead/apimachinery";
import { InputError } from "./error.ts";

/** One thing to read, in the order in which it was named. */
export type InputPath =
  | { readonly kind: "stdin" }
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "kustomization"; readonly folder: string };

const manifest = /\.(ya?ml|json)$/;
const kustomizationNames = new Set(["kustomization.yaml", "kustomization.yml", "Kustomization"]);
/** More files than any repository has; a mistaken `-f /` ends here instead of reading the whole disk. */
const mostFiles = 100_000;

/**
 * Finds what `-f` names: files, folders (all manifests below, sorted), kustomizations (a folder that has one),
 * globs, and `-` for standard input.
 * @throws {InputError} for what does not exist.
 */
export async function expandPaths(specs: readonly string[], cwd: string): Promise<InputPath[]> {
  const found: InputPath[] = [];
  for (const spec of specs) {
    if (spec === "-") {
      found.push({ kind: "stdin" });
      continue;
    }
    const full = path.resolve(cwd, spec);
    const status = await statOrUndefined(full);
    if (status?.isDirectory()) await expandFolder(full, spec, found);
    else if (status !== undefined) found.push(fileOrKustomization(full, spec));
    else if (/[*?[{]/.test(spec)) await expandGlob(spec, cwd, found);
    else throw new InputError("not-found", `${spec} does not exist`, { hint: "give -f a file, a folder, a glob or -" });
  }
  return found;
}

/** A kustomization named by its file stands for its folder. */
function fileOrKustomization(full: string, shown: string): InputPath {
  if (!kustomizationNames.has(path.basename(full))) return { kind: "file", file: shown };
  return { kind: "kustomization", folder: path.dirname(shown) };
}

async function expandGlob(spec: string, cwd: string, found: InputPath[]): Promise<void> {
  const matches: string[] = [];
  for await (const match of glob(spec, { cwd })) matches.push(match);
  if (matches.length === 0) {
    throw new InputError("not-found", `no file matches ${spec}`, {
      hint: "check the pattern; quote it so that the shell leaves it alone",
    });
  }
  for (const match of matches.sort()) {
    const full = path.resolve(cwd, match);
    const status = await statOrUndefined(full);
    if (status?.isDirectory()) await expandFolder(full, match, found);
    else found.push(fileOrKustomization(full, match));
  }
}

async function expandFolder(full: string, shown: string, found: InputPath[]): Promise<void> {
  const before = found.length;
  await walk(full, shown, found);
  if (found.length === before) {
    throw new InputError("no-input", `${shown} holds no manifests`, { hint: "files end in .yaml, .yml or .json" });
  }
}

async function walk(full: string, shown: string, found: InputPath[]): Promise<void> {
  const entries = await readdir(full, { withFileTypes: true });
  if (entries.some((entry) => kustomizationNames.has(entry.name))) {
    found.push({ kind: "kustomization", folder: shown });
    return;
  }
  for (const entry of entries.sort((a, b) => compareText(a.name, b.name))) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const child = path.join(shown, entry.name);
    if (entry.isDirectory()) await walk(path.join(full, entry.name), child, found);
    else if (manifest.test(entry.name)) found.push({ kind: "file", file: child });
    if (found.length > mostFiles) {
      throw new InputError("too-large", `${shown} holds more than ${mostFiles} manifests`, {
        hint: "name a smaller folder",
      });
    }
  }
}

async function statOrUndefined(file: string) {
  try {
    return await stat(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    throw new InputError("unreadable", `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
