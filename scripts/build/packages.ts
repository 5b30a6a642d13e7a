import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { declarationsIn, emit, reachableDeclarations } from "./emit.ts";
import { manifest, root } from "./workspace.ts";

/**
 * Fills each package's dist (`packages/<folder>/dist`, or where `distOf` says) with its JavaScript and the declarations
 * of its public face. All packages are compiled together from source, so the order of building does not matter.
 */
export function buildPackages(
  folders: readonly string[],
  distOf: (folder: string) => string = (folder) => path.join(root, "packages", folder, "dist"),
): void {
  mkdirSync(path.join(root, ".cache"), { recursive: true });
  const staged = mkdtempSync(path.join(root, ".cache", "emit-"));
  try {
    emit(staged, "all");
    for (const folder of folders) {
      const source = path.join(staged, folder, "src");
      const entries = entryDeclarations(folder).map((entry) => path.join(source, entry));
      const kept = reachableDeclarations(entries);
      for (const file of declarationsIn(source)) if (!kept.has(file)) rmSync(file);
      const dist = distOf(folder);
      rmSync(dist, { recursive: true, force: true });
      cpSync(source, dist, { recursive: true });
    }
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

/** The declaration files that the exports of a package name, relative to its dist. */
export function entryDeclarations(folder: string): string[] {
  return Object.values(manifest(folder)?.exports ?? {}).map((entry) => path.relative("dist", entry.types));
}
