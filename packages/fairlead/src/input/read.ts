import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { InputError } from "./error.ts";
import { buildKustomization } from "./kustomize.ts";
import { mostBytes } from "./limit.ts";
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
  /** All of standard input, cut somewhere beyond the limit. */
  readonly stdin: () => Promise<string>;
  /** `mostBytes` unless told. */
  readonly limit?: number;
}

/**
 * Reads everything that `-f` names.
 * @throws {InputError} for what cannot be read.
 */
export async function readInputs(specs: readonly string[], options: ReadOptions): Promise<TextFile[]> {
  const files: TextFile[] = [];
  for (const input of await expandPaths(specs, options.cwd)) {
    if (input.kind === "stdin") files.push({ name: "<stdin>", text: await readStdin(options) });
    else if (input.kind === "file") files.push({ name: input.file, text: await readText(input.file, options) });
    else files.push({ name: input.folder, text: await buildKustomization(input.folder, options) });
  }
  return files;
}

async function readStdin({ stdin, limit = mostBytes }: ReadOptions): Promise<string> {
  const text = await stdin();
  if (text.length > limit) throw tooLarge("standard input", limit);
  return text;
}

async function readText(file: string, { cwd, limit = mostBytes }: ReadOptions): Promise<string> {
  const full = path.resolve(cwd, file);
  try {
    if ((await stat(full)).size > limit) throw tooLarge(file, limit);
    return await readFile(full, "utf8");
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("unreadable", `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function tooLarge(what: string, limit: number): InputError {
  return new InputError("too-large", `${what} has more than ${limit} bytes`, { hint: "split it into several files" });
}
