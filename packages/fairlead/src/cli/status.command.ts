import { buildCommand } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import type { CliContext } from "./context.ts";
import { inputAliases, inputFlags, switchFlag, type InputFlags } from "./flags.ts";

export interface StatusFlags extends ClusterFlags, Omit<InputFlags, "file"> {
  readonly file?: readonly string[];
  readonly watch?: boolean;
  readonly output: "text" | "json";
}

export const statusCommand = buildCommand<StatusFlags, string[], CliContext>({
  loader: async () => (await import("./status.ts")).status,
  parameters: {
    flags: {
      ...inputFlags,
      file: {
        kind: "parsed",
        parse: String,
        variadic: true,
        optional: true,
        brief: "Files whose declarations to look at, as for render",
        placeholder: "path",
      },
      ...clusterFlags,
      watch: switchFlag("Go on until Ctrl-C, and show what changes"),
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "A tree, or json" },
    },
    positional: {
      kind: "array",
      parameter: {
        brief: "KIND/NAME, or the name of an App or Task; every declaration of the namespace when none is named",
        parse: String,
        placeholder: "object",
      },
    },
    aliases: { ...inputAliases, ...clusterAliases, w: "watch", o: "output" },
  },
  docs: {
    brief: "Show what has become of declarations: objects, replica sets, pods, and what keeps them",
    fullDescription:
      "Looks at declarations and everything that came from them: what their controllers made, down to the pods, with the reason where something is not ready. " +
      "With -f also what is not in the cluster is shown. Exit code 0: nothing has failed; 1: something has failed or is missing, or cannot be read; 2: misuse.",
  },
});
