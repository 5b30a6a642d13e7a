import type { Finding } from "@fairlead/krm";
import type { Compiled, CompiledTo } from "../compile/compile.ts";
import type { Generated } from "../compile/finish.ts";
import { compileTextTo } from "../compile/text.ts";
import { InputError } from "../input/error.ts";
import { readInputs, type TextFile } from "../input/read.ts";
import { cliFinding } from "./findings.ts";
import type { CliContext } from "./context.ts";
import type { InputFlags } from "./flags.ts";

export interface Loaded {
  readonly files: readonly TextFile[];
  readonly compiled: Compiled;
}

/** Reads and compiles what the flags name; a problem of reading is a finding like any other. */
export async function load(context: CliContext, flags: InputFlags): Promise<Loaded> {
  const { files, compiled } = await loadTo(context, flags, (generated) => generated);
  const { kept, ...rest } = compiled;
  return { files, compiled: { ...rest, generated: kept } };
}

export interface LoadedTo<Kept> {
  readonly files: readonly TextFile[];
  readonly compiled: CompiledTo<Kept>;
}

/** As `load`, keeping only what `keep` makes of each generated object. */
export async function loadTo<Kept>(
  context: CliContext,
  flags: InputFlags,
  keep: (generated: Generated) => Kept,
): Promise<LoadedTo<Kept>> {
  const { files, finding } = await readFiles(context, flags.file, flags);
  if (finding !== undefined) {
    return {
      files: [],
      compiled: { kept: [], passed: [], declarations: [], written: [], documents: 0, findings: [finding] },
    };
  }
  return {
    files,
    compiled: await compileTextTo(
      files,
      { environment: flags.environment, compat: flags.compat, errorsOnly: flags.quiet },
      keep,
    ),
  };
}

export interface ReadFiles {
  readonly files: readonly TextFile[];
  readonly finding: Finding | undefined;
}

export async function readFiles(
  context: CliContext,
  specs: readonly string[],
  flags: { readonly allowRemote?: boolean },
): Promise<ReadFiles> {
  try {
    const files = await readInputs(specs, {
      cwd: context.cwd,
      env: context.env,
      allowRemote: flags.allowRemote === true,
      stdin: async () => new TextDecoder("utf-8", { ignoreBOM: true }).decode(await context.stdin()),
    });
    return { files, finding: undefined };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { files: [], finding: inputFinding(error) };
  }
}

function inputFinding(error: InputError): Finding {
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  const code = error.code === "remote-refused" ? "FL602" : error.code.startsWith("kustomize") ? "FL603" : "FL601";
  return cliFinding(code, { message: error.message, ...hint });
}
