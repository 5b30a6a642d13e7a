import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const root = path.dirname(path.dirname(import.meta.dirname));

/** The folders of `packages/` whose package.json is published. */
export function publicPackages(): string[] {
  return readdirSync(path.join(root, "packages"))
    .filter((folder) => manifest(folder)?.["private"] !== true)
    .sort();
}

/** What this repository reads of a package.json. */
export interface Manifest {
  readonly [field: string]: unknown;
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly exports?: { readonly [subpath: string]: { readonly types: string; readonly default: string } };
  readonly bin?: { readonly [command: string]: string };
  readonly dependencies?: { readonly [name: string]: string };
}

/** The package.json of a folder in `packages/`; undefined where there is none. */
export function manifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(path.join(root, "packages", folder, "package.json"), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}
