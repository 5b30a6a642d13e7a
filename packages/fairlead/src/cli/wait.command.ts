import { buildCommand } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import type { CliContext } from "./context.ts";
import { inputAliases, inputFlags, textFlag, type InputFlags } from "./flags.ts";

export interface WaitFlags extends ClusterFlags, Omit<InputFlags, "file"> {
  readonly file?: readonly string[];
  readonly for: "ready" | "deleted";
  readonly timeout?: string;
  readonly output: "text" | "json";
}

export const waitCommand = buildCommand<WaitFlags, string[], CliContext>({
  loader: async () => (await import("./wait.ts")).wait,
  parameters: {
    flags: {
      ...inputFlags,
      file: {
        kind: "parsed",
        parse: String,
        variadic: true,
        optional: true,
        brief: "Files whose objects to wait for, as for render",
        placeholder: "path",
      },
      ...clusterFlags,
      for: { kind: "enum", values: ["ready", "deleted"], default: "ready", brief: "What to wait for" },
      timeout: textFlag("How long to wait; 5m unless told", "duration"),
      output: {
        kind: "enum",
        values: ["text", "json"],
        default: "text",
        brief: "A summary, or json with every object",
      },
    },
    positional: {
      kind: "array",
      parameter: { brief: "KIND/NAME, or the name of an App or Task", parse: String, placeholder: "object" },
    },
    aliases: { ...inputAliases, ...clusterAliases, o: "output" },
  },
  docs: {
    brief: "Wait until objects are ready, or gone",
    fullDescription:
      "Ready is what kstatus says of an object; an App or Task is ready when everything that came from it is. " +
      "It ends early when nothing is left that could become ready. Exit code 0: all are; 1: not all, with the reason of each; 2: misuse.",
  },
});
