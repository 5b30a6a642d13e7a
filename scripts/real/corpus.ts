import { existsSync } from "node:fs";
import path from "node:path";

export const repositoryRoot = path.resolve(import.meta.dirname, "..", "..");

/** The folder of other people's manifests: `FAIRLEAD_CORPUS`, else `../shared/corpus` beside the repository; or none. */
export function corpusFolder(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = environment["FAIRLEAD_CORPUS"] ?? path.resolve(repositoryRoot, "..", "shared", "corpus");
  return existsSync(folder) ? folder : undefined;
}
