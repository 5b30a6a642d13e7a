import type { FlagParametersForType } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { switchFlag, textFlag } from "../flags.ts";

/** What every command of the mesh takes: where the fleet is, and what configures it. */
export interface MeshFlags {
  readonly file?: string;
  readonly config?: string;
  readonly compat?: "admiral";
  readonly compatFlags?: readonly string[];
  readonly quiet?: boolean;
}

export const meshFlags: FlagParametersForType<MeshFlags, CliContext> = {
  file: textFlag("The fleet on files: a folder with one folder of manifests for each cluster", "folder"),
  config: textFlag("A file with a MeshConfig, instead of the fleet's own", "path"),
  compat: {
    kind: "enum",
    values: ["admiral"],
    optional: true,
    brief: "Plan to the letter as the system that is taken over from",
  },
  compatFlags: {
    kind: "parsed",
    parse: compatArguments,
    optional: true,
    brief: "Everything after it are flags of the predecessor, such as --hostname_suffix mesh",
    placeholder: "flags",
  },
  quiet: switchFlag("Print errors only, no warnings or hints"),
};

export const meshAliases = { f: "file", q: "quiet" } as const;

/**
 * `--compat-flags` is the last flag: what follows belongs to the predecessor, and would be mistaken for ours. It becomes
 * one value here.
 */
export function joinCompatFlags(args: readonly string[]): readonly string[] {
  const at = args.findIndex((arg) => arg === "--compat-flags" || arg === "--compatFlags");
  if (at === -1) return args;
  const rest = args.slice(at + 1);
  return [...args.slice(0, at), `--compat-flags=${JSON.stringify(rest[0] === "--" ? rest.slice(1) : rest)}`];
}

function compatArguments(text: string): readonly string[] {
  if (text.startsWith("[")) return JSON.parse(text) as readonly string[];
  return text.split(/\s+/).filter((word) => word !== "");
}
