import { buildCommand, buildRouteMap } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";
import { meshClustersCommand } from "./mesh-clusters.command.ts";
import { meshAliases, meshFlags, type MeshFlags } from "./mesh/flags.ts";

export interface MeshPlanFlags extends MeshFlags, ClusterFlags {
  readonly out?: string;
  readonly dns?: "addresses" | "services" | "none";
  readonly output: "yaml" | "json";
}

export interface MeshDiffFlags extends MeshFlags, ClusterFlags {
  readonly dns?: "addresses" | "services" | "none";
  readonly output: "text" | "json";
}

export interface MeshApplyFlags extends MeshFlags, ClusterFlags {
  readonly dns?: "addresses" | "services" | "none";
  readonly yes?: boolean;
  readonly output: "text" | "json";
}

export interface MeshStatusFlags extends MeshFlags, ClusterFlags {
  readonly output: "text" | "json";
}

export interface MeshMigrateFlags extends MeshFlags, ClusterFlags {
  readonly to: "admiral" | "default";
  readonly out?: string;
  readonly output: "text" | "json";
}

export interface MeshImportFlags {
  readonly file: string;
  readonly out?: string;
  readonly quiet?: boolean;
}

const dns = {
  kind: "enum",
  values: ["addresses", "services", "none"],
  optional: true,
  brief:
    "A ConfigMap for CoreDNS: names as virtual addresses, or as Services of the own cluster for clients without a sidecar",
} as const;

const aliases = { ...clusterAliases, ...meshAliases, o: "output" } as const;

const planCommand = buildCommand<MeshPlanFlags, [], CliContext>({
  loader: async () => (await import("./mesh/plan.ts")).meshPlan,
  parameters: {
    flags: {
      ...meshFlags,
      ...clusterFlags,
      dns,
      out: textFlag("Write CLUSTER/mesh.yaml into this folder, instead of printing", "folder"),
      output: { kind: "enum", values: ["yaml", "json"], default: "yaml", brief: "yaml, or json with findings" },
    },
    aliases,
  },
  docs: {
    brief: "Print what the mesh would write into each cluster",
    fullDescription:
      "With -f the fleet is read from files: `FLEET/CLUSTER/*.yaml` are a cluster's manifests, `FLEET/fleet.yaml` says what they do not (regions, gateways), and a MeshConfig configures it. " +
      "Without it the clusters are those that Secrets of the home cluster name, or those of --cluster. Nothing is written. " +
      "New virtual addresses are part of the plan: the ConfigMaps that keep them belong to the home cluster. " +
      "So is what is never written into clusters by itself: with --dns a ConfigMap `fairlead-mesh-dns` that CoreDNS imports, and where the output is ambient the waypoint and the gateway of each cluster.",
  },
});

const diffCommand = buildCommand<MeshDiffFlags, [], CliContext>({
  loader: async () => (await import("./mesh/diff.ts")).meshDiff,
  parameters: {
    flags: {
      ...meshFlags,
      ...clusterFlags,
      dns,
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "text by field, or json" },
    },
    aliases,
  },
  docs: {
    brief: "Compare what the mesh would write with what is there",
    fullDescription:
      "Exit code 0: nothing would change; 1: something; 2: findings of severity error; 3: misuse. Nothing is written.",
  },
});

const applyCommand = buildCommand<MeshApplyFlags, [], CliContext>({
  loader: async () => (await import("./mesh/apply.ts")).meshApply,
  parameters: {
    flags: {
      ...meshFlags,
      ...clusterFlags,
      dns,
      yes: switchFlag("Delete without asking"),
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "A summary, or json" },
    },
    aliases,
  },
  docs: {
    brief: "Write the plan once: into clusters, or with -f into the folder of the fleet",
    fullDescription:
      "`fairlead run mesh` does the same all the time. With -f each cluster's objects go to FLEET/CLUSTER/mesh.generated.yaml, for a repository that something else applies; Sidecars of users stand there whole, with the hosts that are called. " +
      "--dns goes with -f; what it writes is kept up to date from then on, and `--dns none` takes it out.",
  },
});

const statusCommand = buildCommand<MeshStatusFlags, [], CliContext>({
  loader: async () => (await import("./mesh/status.ts")).meshStatus,
  parameters: {
    flags: {
      ...meshFlags,
      ...clusterFlags,
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "A table, or json" },
    },
    aliases,
  },
  docs: {
    brief: "Show every name of the mesh, where it is served, who gets it, and what became of policies",
  },
});

const migrateCommand = buildCommand<MeshMigrateFlags, [], CliContext>({
  loader: async () => (await import("./mesh/migrate.ts")).meshMigrate,
  parameters: {
    flags: {
      ...meshFlags,
      ...clusterFlags,
      to: {
        kind: "enum",
        values: ["admiral", "default"],
        default: "admiral",
        brief: "admiral: take over as it is; default: go on by our own rules",
      },
      out: textFlag("Write the MeshConfig of this step into a file", "path"),
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "text by field, or json" },
    },
    aliases,
  },
  docs: {
    brief: "Take the mesh over from Admiral: first without a change, then by our own rules",
    fullDescription:
      "Shows what each step would change, and the MeshConfig for it; nothing is written to clusters. " +
      "The first step, with the flags that Admiral runs with after --compat-flags, should change nothing. The second keeps names, labels, namespaces and addresses. " +
      "Exit code 0: nothing would change; 1: something; 2: findings of severity error.",
  },
});

const importCommand = buildCommand<MeshImportFlags, [], CliContext>({
  loader: async () => (await import("./mesh/import.ts")).meshImport,
  parameters: {
    flags: {
      file: { kind: "parsed", parse: String, brief: "The folder of the fleet", placeholder: "folder" },
      out: textFlag("Write CLUSTER/mesh.imported.yaml into this folder, instead of printing", "folder"),
      quiet: switchFlag("Print errors only, no warnings or hints"),
    },
    aliases: meshAliases,
  },
  docs: {
    brief: "Turn ServiceExports and ServiceImports of the Multi-Cluster Services API into identities and Dependencies",
    fullDescription:
      "Prints, for each cluster, Services with the label that names their identity (to be applied server-side, beside what they have) and a Dependency for each namespace that imports.",
  },
});

export const meshCommand = buildRouteMap({
  routes: {
    plan: planCommand,
    diff: diffCommand,
    apply: applyCommand,
    status: statusCommand,
    clusters: meshClustersCommand,
    migrate: migrateCommand,
    import: importCommand,
  },
  docs: { brief: "One name per service across all clusters: plan it, compare it, write it" },
});
