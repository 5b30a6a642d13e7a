import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { InputError } from "./error.ts";

/** The fields of a kustomization whose entries are files or folders. */
const lists = [
  "resources",
  "bases",
  "components",
  "crds",
  "configurations",
  "generators",
  "transformers",
  "validators",
  "patchesStrategicMerge",
];

/** The fields whose entries (or which themselves) name a file in `path`. */
const withPath = ["patches", "patchesJson6902", "replacements", "openapi"];

/** The fields whose entries name files of data, as `FILE` or `KEY=FILE`. */
const generators = ["configMapGenerator", "secretGenerator"];
const dataFields = ["files", "envs", "env"];

/**
 * Walks a kustomization and its local bases, and refuses the first entry that would be fetched.
 * @throws {InputError} `remote-refused`
 */
export async function refuseRemote(folder: string, cwd: string, seen = new Set<string>()): Promise<void> {
  const full = path.resolve(cwd, folder);
  if (seen.has(full)) return;
  seen.add(full);
  const file = (await readdir(full)).find((name) => /^(kustomization\.ya?ml|Kustomization)$/.test(name));
  if (file === undefined) return;
  const name = path.join(folder, file);
  const { documents } = parseStream(await readFile(path.join(full, file), "utf8"), { file: name });
  const value = documents[0]?.value;
  if (isObject(get(value, "helmCharts")) || Array.isArray(get(value, "helmCharts")))
    throw remote(name, "helmCharts", "a chart");
  for (const [field, entry] of references(value)) {
    if (isRemote(entry)) throw remote(name, field, JSON.stringify(entry));
    if (lists.includes(field)) await refuseRemote(path.join(folder, entry), cwd, seen).catch(ignoreMissing);
  }
}

/** Every text of a kustomization that kustomize opens as a file or a folder, with the field that it stands in. */
function* references(kustomization: JsonValue | undefined): Generator<readonly [field: string, entry: string]> {
  for (const field of lists)
    for (const entry of listOf(get(kustomization, field))) if (typeof entry === "string") yield [field, entry];
  for (const field of withPath) {
    for (const entry of listOf(get(kustomization, field))) {
      const file = get(entry, "path");
      if (typeof file === "string") yield [`${field}.path`, file];
    }
  }
  for (const field of generators) {
    for (const generator of listOf(get(kustomization, field))) {
      for (const data of dataFields) {
        for (const entry of listOf(get(generator, data)))
          if (typeof entry === "string") yield [`${field}.${data}`, entry.replace(/^[-._a-zA-Z0-9]+=/, "")];
      }
    }
  }
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** A missing or plain-file base is kustomize's to report, with its own words. */
function ignoreMissing(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
}

/** What kustomize fetches: URLs, `git::…`, `git@host:path`, `github.com/…`, anything with `?ref=`, `//` inside. */
export function isRemote(entry: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]*:\/\//i.test(entry) ||
    /^git::/i.test(entry) ||
    /^[\w.-]+@[\w.-]+:/.test(entry) ||
    /^(github\.com|gitlab\.com|bitbucket\.org)[/:]/i.test(entry) ||
    /[?&](ref|version|timeout|submodules)=/.test(entry) ||
    /^(?!\.{0,2}\/)[\w.-]+\.[a-z]{2,}\/.*\/\//i.test(entry)
  );
}

function remote(file: string, field: string, what: string): InputError {
  return new InputError("remote-refused", `${file}: ${field} names ${what}, which would be fetched from a network`, {
    hint: "rendering is hermetic; vendor it into the repository, or allow it with --allow-remote",
  });
}
