import { buildCommand } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import { deletionFlags, type DeletionFlags } from "./cluster/set-flags.ts";
import type { CliContext } from "./context.ts";
import { inputAliases, inputFlags, textFlag, type InputFlags } from "./flags.ts";

export interface DeleteFlags extends Omit<InputFlags, "file">, ClusterFlags, DeletionFlags {
  readonly file?: readonly string[];
  readonly dryRun?: "client" | "server";
  readonly wait: boolean;
  readonly timeout?: string;
  readonly output: "text" | "json";
}

export const deleteCommand = buildCommand<DeleteFlags, [], CliContext>({
  loader: async () => (await import("./delete.ts")).deleteObjects,
  parameters: {
    flags: {
      ...inputFlags,
      file: {
        kind: "parsed",
        parse: String,
        variadic: true,
        optional: true,
        brief: "Delete what these files became; without it, the whole set that --set names",
        placeholder: "path",
      },
      ...clusterFlags,
      ...deletionFlags,
      dryRun: {
        kind: "enum",
        values: ["client", "server"],
        optional: true,
        brief: "Say what would be deleted; both ask the cluster what there is",
      },
      wait: { kind: "boolean", default: true, brief: "Wait until everything is gone" },
      timeout: textFlag("How long it may take, waiting included; 5m unless told", "duration"),
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "A summary, or json with every step" },
    },
    aliases: { ...inputAliases, ...clusterAliases, o: "output" },
  },
  docs: {
    brief: "Delete from clusters what was applied",
    fullDescription:
      "Deletes members of an apply set in the opposite order of applying: those that the files name, or with --set alone all of them. " +
      "What is no member of the set is left alone and named. Namespaces, definitions and volume claims stay unless --allow names them.",
  },
});
