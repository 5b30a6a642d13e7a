import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { CliContext } from "./context.ts";
import { cliFinding } from "./findings.ts";
import { refuse } from "./report.ts";

/** Writes a file, by its name in the working directory; reports FL604 and returns false when it cannot. */
export async function writeText(context: CliContext, name: string, text: string): Promise<boolean> {
  return attempt(context, name, () => writeFile(path.resolve(context.cwd, name), text));
}

/** A file below a folder. */
export interface OutputFile {
  readonly path: string;
  readonly text: string;
}

/** Writes files below a folder, which is made where it is missing; stops and returns false at the first that fails. */
export async function writeFolder(context: CliContext, folder: string, files: readonly OutputFile[]): Promise<boolean> {
  for (const file of files) {
    const full = path.resolve(context.cwd, folder, file.path);
    const written = await attempt(context, path.join(folder, file.path), async () => {
      await mkdir(path.dirname(full), { recursive: true });
      await writeFile(full, file.text);
    });
    if (!written) return false;
  }
  return true;
}

async function attempt(context: CliContext, name: string, write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    refuse(context, cliFinding("FL604", { message: `${name} cannot be written: ${(error as Error).message}` }));
    return false;
  }
}
