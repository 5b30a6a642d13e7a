import { mkdir, stat, writeFile } from "node:fs/promises";
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
      await makeFolder(path.dirname(full));
      await writeFile(full, file.text);
    });
    if (!written) return false;
  }
  return true;
}

/**
 * Makes a folder and its parents, one by one: Node's own recursion never ends on file systems that say of a folder that
 * cannot be made that it is missing, as /proc does.
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(folder)).isDirectory()) return;
    const parent = path.dirname(folder);
    if (code !== "ENOENT" || parent === folder || (await isFolder(parent))) throw error;
    await makeFolder(parent);
    await mkdir(folder);
  }
}

async function isFolder(name: string): Promise<boolean> {
  try {
    return (await stat(name)).isDirectory();
  } catch {
    return false;
  }
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
