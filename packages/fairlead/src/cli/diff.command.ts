import { buildCommand } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import { setFlags, type SetFlags } from "./cluster/set-flags.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";

export interface DiffFlags extends ClusterFlags, SetFlags {
  readonly file?: readonly string[];
  readonly environment?: string;
  readonly against?: string;
  readonly compat?: boolean;
  readonly allowRemote?: boolean;
  readonly quiet?: boolean;
  readonly ownership?: boolean;
  readonly output: "text" | "json";
}

export const diffCommand = buildCommand<DiffFlags, string[], CliContext>({
  loader: async () => (await import("./diff.ts")).diff,
  parameters: {
    flags: {
      file: {
        kind: "parsed",
        parse: String,
        variadic: true,
        optional: true,
        brief: "Compare what these files become with what clusters hold",
        placeholder: "path",
      },
      environment: textFlag("The environment of what is rendered", "name"),
      against: textFlag('The environment of BEFORE, if it is another one; "" for none', "name"),
      compat: switchFlag("Render names, labels and order as krm-functions did"),
      allowRemote: switchFlag("Let a kustomization fetch remote bases"),
      quiet: switchFlag("Print errors only, no warnings or hints"),
      ownership: switchFlag("Count the owner annotation as a difference, too"),
      ...clusterFlags,
      ...setFlags,
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "text by field, or json" },
    },
    positional: {
      kind: "array",
      parameter: {
        brief: "Two of them: files, folders or kustomizations, before and after",
        parse: String,
        placeholder: "path",
      },
      maximum: 2,
    },
    aliases: { f: "file", e: "environment", o: "output", q: "quiet", ...clusterAliases },
  },
  docs: {
    brief: "Compare what files become, with other files or with clusters, field by field",
    fullDescription:
      "`diff BEFORE AFTER` renders both sides (plain objects pass through) and compares them after the API server's defaulting, lists by their keys. " +
      "`diff -f PATH` asks clusters, by dry runs, what `apply` with the same flags would change and with --prune delete; nothing is written, secrets are masked. " +
      "Exit code 0: same; 1: different; 2: findings of severity error; 3: misuse.",
  },
});
