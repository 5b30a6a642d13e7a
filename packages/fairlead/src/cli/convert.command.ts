import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { switchFlag } from "./flags.ts";

export interface ConvertFlags {
  readonly compat?: boolean;
  readonly check?: boolean;
  readonly stdout?: boolean;
  readonly quiet?: boolean;
}

export const convertCommand = buildCommand<ConvertFlags, string[], CliContext>({
  loader: async () => (await import("./convert.ts")).convert,
  parameters: {
    flags: {
      compat: switchFlag("The result is rendered with --compat: leave out what krm-functions ignored"),
      check: switchFlag("Change nothing; exit 1 when a file would change"),
      stdout: switchFlag("Print the result instead of writing the files"),
      quiet: switchFlag("Print errors only"),
    },
    positional: {
      kind: "array",
      minimum: 1,
      parameter: { brief: "Files, folders or globs", parse: String, placeholder: "path" },
    },
    aliases: { q: "quiet" },
  },
  docs: {
    brief: "Rewrite the kinds of krm-functions as Fairlead's, in place",
    fullDescription: "Comments stay, and so does every byte of documents that need no change.",
  },
});
