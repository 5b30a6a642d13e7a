import type { FlagParametersForType } from "@stricli/core";
import type { CliContext } from "./context.ts";

/** What every command that compiles takes. */
export interface InputFlags {
  readonly file: readonly string[];
  readonly environment?: string;
  readonly compat?: boolean;
  readonly allowRemote?: boolean;
  readonly quiet?: boolean;
}

const text = (input: string) => input;

export const inputFlags: FlagParametersForType<InputFlags, CliContext> = {
  file: {
    kind: "parsed",
    parse: text,
    variadic: true,
    brief: "A file, folder, glob, kustomization, or - for standard input",
    placeholder: "path",
  },
  environment: {
    kind: "parsed",
    parse: text,
    optional: true,
    brief: "The environment whose patches and settings count",
    placeholder: "name",
  },
  compat: {
    kind: "boolean",
    optional: true,
    withNegated: false,
    brief: "Render names, labels and order as krm-functions did",
  },
  allowRemote: { kind: "boolean", optional: true, withNegated: false, brief: "Let a kustomization fetch remote bases" },
  quiet: { kind: "boolean", optional: true, withNegated: false, brief: "Print errors only, no warnings or hints" },
};

export const inputAliases = { f: "file", e: "environment", q: "quiet" } as const;

/** An optional text flag. */
export function textFlag(brief: string, placeholder: string) {
  return { kind: "parsed", parse: text, optional: true, brief, placeholder } as const;
}

/** An optional switch. */
export function switchFlag(brief: string) {
  return { kind: "boolean", optional: true, withNegated: false, brief } as const;
}
