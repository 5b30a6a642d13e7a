import type { Finding } from "@fairlead/krm";
import { compileText } from "../compile/text.ts";
import type { Compiled } from "../compile/compile.ts";
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
  const read = await readFiles(context, flags.file, flags);
  if (read.finding !== undefined) return { files: [], compiled: { ...nothing, findings: [read.finding] } };
  const compiled = await compileText(read.files, { environment: flags.environment, compat: flags.compat });
  return { files: read.files, compiled };
}

const nothing: Compiled = { generated: [], passed: [], declarations: [], written: [], plans: [], findings: [] };

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
