import { buildCommand } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";

export interface DumpFlags extends ClusterFlags {
  readonly out?: string;
  readonly secrets?: boolean;
  readonly allNamespaces?: boolean;
}

export const dumpCommand = buildCommand<DumpFlags, [], CliContext>({
  loader: async () => (await import("./dump.ts")).dump,
  parameters: {
    flags: {
      ...clusterFlags,
      out: textFlag("The folder to write to, a file for each kind; dump unless told", "folder"),
      secrets: switchFlag("Write the contents of Secrets, too; they are left out unless told"),
      allNamespaces: switchFlag("All namespaces, not only the one of the context"),
    },
    aliases: { ...clusterAliases, A: "allNamespaces" },
  },
  docs: {
    brief: "Write what a cluster holds to a folder, for `fairlead simulate`",
    fullDescription:
      "Reads every kind that may be read, as it is stored, and writes a file for each. Events and Leases are left out, and so are the contents of Secrets: their keys stay, their values become empty.",
  },
});
