import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { inputAliases, inputFlags, type InputFlags } from "./flags.ts";

export interface ValidateFlags extends InputFlags {
  readonly output: "text" | "json" | "sarif";
}

export const validateCommand = buildCommand<ValidateFlags, [], CliContext>({
  loader: async () => (await import("./validate.ts")).validate,
  parameters: {
    flags: {
      ...inputFlags,
      output: {
        kind: "enum",
        values: ["text", "json", "sarif"],
        default: "text",
        brief: "text on stderr, or json or sarif on stdout",
      },
    },
    aliases: { ...inputAliases, o: "output" },
  },
  docs: {
    brief: "Check declarations and say what is wrong",
    fullDescription:
      "Compiles without printing the objects. The exit code is 1 when there is an error. SARIF is what code hosts show beside the lines.",
  },
});
