import { buildCommand, buildRouteMap } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";
import { groupFlag, type KindGroup } from "./kind-group.ts";

export interface CrdsInstallFlags extends ClusterFlags {
  readonly group: KindGroup;
  readonly adopt?: boolean;
  readonly timeout?: string;
  readonly output: "text" | "json";
}

export interface CrdsDiffFlags extends ClusterFlags {
  readonly group: KindGroup;
  readonly output: "text" | "json";
}

const installCommand = buildCommand<CrdsInstallFlags, [], CliContext>({
  loader: async () => (await import("./crds.ts")).installCrds,
  parameters: {
    flags: {
      ...clusterFlags,
      group: groupFlag,
      adopt: switchFlag("Take over fields that another manager owns"),
      timeout: textFlag("How long to wait until the kinds are served; 1m unless told", "duration"),
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "A summary, or json" },
    },
    aliases: { ...clusterAliases, o: "output" },
  },
  docs: {
    brief: "Install Fairlead's kinds in a cluster, or bring them up to date",
    fullDescription:
      "Applies the CustomResourceDefinitions (server-side) and waits until the server serves them. What is current is not written. " +
      "`fairlead schema` prints the same definitions for other tools.",
  },
});

const diffCommand = buildCommand<CrdsDiffFlags, [], CliContext>({
  loader: async () => (await import("./crds-diff.ts")).diffCrds,
  parameters: {
    flags: {
      ...clusterFlags,
      group: groupFlag,
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "text by field, or json" },
    },
    aliases: { ...clusterAliases, o: "output" },
  },
  docs: {
    brief: "Show what `fairlead crds install` would change",
    fullDescription: "Exit code 0: nothing; 1: something; 2: findings of severity error; 3: misuse.",
  },
});

export const crdsCommand = buildRouteMap({
  routes: { install: installCommand, diff: diffCommand },
  docs: { brief: "Install Fairlead's kinds in clusters, or compare them" },
});
