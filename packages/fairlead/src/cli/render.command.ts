import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { inputAliases, inputFlags, type InputFlags } from "./flags.ts";

export interface RenderFlags extends InputFlags {
  readonly output: "yaml" | "json" | "tree";
}

export const renderCommand = buildCommand<RenderFlags, [], CliContext>({
  loader: async () => (await import("./render.ts")).render,
  parameters: {
    flags: {
      ...inputFlags,
      output: {
        kind: "enum",
        values: ["yaml", "json", "tree"],
        default: "yaml",
        brief: "yaml for kubectl, json with findings, or a tree of what became what",
      },
    },
    aliases: { ...inputAliases, o: "output" },
  },
  docs: {
    brief: "Print the Kubernetes objects that declarations become",
    fullDescription:
      "Compiles Fairlead's declarations and prints the objects on stdout; other objects pass through. Findings go to stderr. " +
      "With an error nothing is printed on stdout and the exit code is 1. No network is used.",
  },
});
