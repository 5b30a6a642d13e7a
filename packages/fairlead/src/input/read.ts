import { readFile } from "node:fs/promises";
import path from "node:path";
import { InputError } from "./error.ts";
import { buildKustomization } from "./kustomize.ts";
import { expandPaths } from "./paths.ts";

/** A text to compile, under the name that findings show. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

export interface ReadOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly allowRemote: boolean;
  readonly stdin: () => Promise<string>;
}

/** A document stream beyond this is refused: nothing that people write is near it. */
export const mostBytes = 512 * 1024 * 1024;

/**
 * Reads everything that `-f` names.
 * @throws {InputError} for what cannot be read.
 */
export async function readInputs(specs: readonly string[], options: ReadOptions): Promise<TextFile[]> {
  const files: TextFile[] = [];
  for (const input of await expandPaths(specs, options.cwd)) {
    if (input.kind === "stdin") files.push({ name: "<stdin>", text: await options.stdin() });
    else if (input.kind === "file") files.push({ name: input.file, text: await readText(input.file, options.cwd) });
    else files.push({ name: input.folder, text: await buildKustomization(input.folder, options) });
  }
  return files;
}

async function readText(file: string, cwd: string): Promise<string> {
  try {
    return await readFile(path.resolve(cwd, file), "utf8");
  } catch (error) {
    throw new InputError("unreadable", `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
