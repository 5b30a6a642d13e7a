import { buildCommand } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import { setFlags, type SetFlags } from "./cluster/set-flags.ts";
import type { CliContext } from "./context.ts";
import { inputAliases, inputFlags, textFlag, type InputFlags } from "./flags.ts";

export interface ApplyFlags extends InputFlags, ClusterFlags, SetFlags {
  readonly dryRun?: "client" | "server";
  readonly wait: boolean;
  readonly timeout?: string;
  readonly output: "text" | "json";
}

export const applyCommand = buildCommand<ApplyFlags, [], CliContext>({
  loader: async () => (await import("./apply.ts")).apply,
  parameters: {
    flags: {
      ...inputFlags,
      ...clusterFlags,
      ...setFlags,
      dryRun: {
        kind: "enum",
        values: ["client", "server"],
        optional: true,
        brief: "Say what would be done: as far as the objects tell, or as the server answers",
      },
      wait: { kind: "boolean", default: true, brief: "Wait until everything that was applied is ready" },
      timeout: textFlag("How long it may take, waiting included; 5m unless told", "duration"),
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "A summary, or json with every step" },
    },
    aliases: { ...inputAliases, ...clusterAliases, o: "output" },
  },
  docs: {
    brief: "Make clusters hold what declarations become",
    fullDescription:
      "Compiles the declarations, writes what differs with server-side apply (namespaces, definitions, access, configuration, workloads, webhooks), " +
      "deletes with --prune what the set no longer holds, and waits until all is ready. What is as it should be is not written. " +
      "An interrupted run is completed by running it again. Exit code 0: all is done; 1: something is not, with findings; 2: misuse.",
  },
});
