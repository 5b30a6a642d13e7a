import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";

export interface DiffFlags {
  readonly environment?: string;
  readonly against?: string;
  readonly compat?: boolean;
  readonly allowRemote?: boolean;
  readonly quiet?: boolean;
  readonly ownership?: boolean;
  readonly output: "text" | "json";
}

export const diffCommand = buildCommand<DiffFlags, [string, string], CliContext>({
  loader: async () => (await import("./diff.ts")).diff,
  parameters: {
    flags: {
      environment: textFlag("The environment of both sides", "name"),
      against: textFlag('The environment of BEFORE, if it is another one; "" for none', "name"),
      compat: switchFlag("Render names, labels and order as krm-functions did"),
      allowRemote: switchFlag("Let a kustomization fetch remote bases"),
      quiet: switchFlag("Print errors only, no warnings or hints"),
      ownership: switchFlag("Count the owner annotation as a difference, too"),
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "text by field, or json" },
    },
    positional: {
      kind: "tuple",
      parameters: [
        { brief: "A file, folder, kustomization or - : what is", parse: String, placeholder: "before" },
        { brief: "The same: what would be", parse: String, placeholder: "after" },
      ],
    },
    aliases: { e: "environment", o: "output", q: "quiet" },
  },
  docs: {
    brief: "Compare what two sets of files become, field by field",
    fullDescription:
      "Both sides are rendered (plain objects pass through) and compared after the API server's defaulting, lists by their keys. " +
      "Exit code 0: same; 1: different; 2: findings of severity error; 3: misuse.",
  },
});
