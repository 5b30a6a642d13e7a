import { buildCommand, buildRouteMap } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";
import { meshFlags, type MeshFlags } from "./mesh/flags.ts";

/** The flags of the home cluster are those of every command; the member is named beside them. */
export interface MeshClustersFlags extends ClusterFlags {
  readonly config?: string;
}

export interface RotateClusterFlags extends MeshClustersFlags {
  readonly from: string;
  readonly server?: string;
}

export interface AddClusterFlags extends RotateClusterFlags {
  readonly sidecars?: boolean;
}

export interface RemoveClusterFlags extends MeshClustersFlags {
  readonly clean?: boolean;
}

export interface ListClustersFlags extends MeshClustersFlags {
  readonly output: "text" | "json";
}

export interface ClusterRightsFlags extends Omit<MeshFlags, "file"> {
  readonly for: "home" | "member";
  readonly sidecars?: boolean;
}

const config = textFlag("A file with a MeshConfig, instead of the home cluster's own", "path");
const name = {
  kind: "tuple",
  parameters: [{ brief: "The cluster's name in the mesh", parse: String, placeholder: "name" }],
} as const;
const from = {
  kind: "parsed",
  parse: String,
  brief: "The context of the kubeconfig by which the member is reached now, as an administrator",
  placeholder: "context",
} as const;

const addCommand = buildCommand<AddClusterFlags, [string], CliContext>({
  loader: async () => (await import("./mesh/clusters/add.ts")).addCluster,
  parameters: {
    flags: {
      ...clusterFlags,
      config,
      from,
      server: textFlag("The API server's address as the controller reaches it, instead of the context's", "url"),
      sidecars: switchFlag("Also the rights to keep its proxies current, for `fairlead run sidecars --registry`"),
    },
    positional: name,
    aliases: clusterAliases,
  },
  docs: {
    brief:
      "Register a cluster: an account for the controller in it, and its kubeconfig in a Secret of the home cluster",
    fullDescription:
      "In the member: a namespace, a ServiceAccount with a token, and the least rights that the mesh needs. In the home cluster: a Secret with the label that the controller looks for. Running it again brings both up to date.",
  },
});

const rotateCommand = buildCommand<RotateClusterFlags, [string], CliContext>({
  loader: async () => (await import("./mesh/clusters/add.ts")).rotateCluster,
  parameters: {
    flags: { ...clusterFlags, config, from, server: textFlag("As for `add`", "url") },
    positional: name,
    aliases: clusterAliases,
  },
  docs: {
    brief: "Give the controller a new token for a cluster; the old one is of no use afterwards",
    fullDescription: "The controller connects anew by itself, and keeps what it knows meanwhile.",
  },
});

const removeCommand = buildCommand<RemoveClusterFlags, [string], CliContext>({
  loader: async () => (await import("./mesh/clusters/remove.ts")).removeCluster,
  parameters: {
    flags: { ...clusterFlags, config, clean: switchFlag("Delete what the mesh wrote into the cluster, too") },
    positional: name,
    aliases: clusterAliases,
  },
  docs: {
    brief: "Take a cluster out of the mesh: its endpoints go from all others",
    fullDescription:
      "A cluster that does not answer is still a member, and its endpoints stay; this is how it ceases to be one.",
  },
});

const pauseCommand = buildCommand<MeshClustersFlags, [string], CliContext>({
  loader: async () => (await import("./mesh/clusters/pause.ts")).pauseCluster,
  parameters: { flags: { ...clusterFlags, config }, positional: name, aliases: clusterAliases },
  docs: { brief: "Write nothing into a cluster until it is resumed; its endpoints stay in the others" },
});

const resumeCommand = buildCommand<MeshClustersFlags, [string], CliContext>({
  loader: async () => (await import("./mesh/clusters/pause.ts")).resumeCluster,
  parameters: { flags: { ...clusterFlags, config }, positional: name, aliases: clusterAliases },
  docs: { brief: "Go on with a cluster that was paused" },
});

const listCommand = buildCommand<ListClustersFlags, [], CliContext>({
  loader: async () => (await import("./mesh/clusters/list.ts")).listClusters,
  parameters: {
    flags: {
      ...clusterFlags,
      config,
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "A table, or json" },
    },
    aliases: { ...clusterAliases, o: "output" },
  },
  docs: { brief: "List the clusters of the mesh, with whether they answer" },
});

const rbacCommand = buildCommand<ClusterRightsFlags, [], CliContext>({
  loader: async () => (await import("./mesh/clusters/rights.ts")).printRights,
  parameters: {
    flags: {
      config: meshFlags["config"],
      compat: meshFlags["compat"],
      compatFlags: meshFlags["compatFlags"],
      quiet: meshFlags["quiet"],
      for: {
        kind: "enum",
        values: ["home", "member"],
        default: "home",
        brief: "home: the controller's own account; member: what `add` makes in a cluster",
      },
      sidecars: switchFlag("Of a member: as for `add`"),
    },
    aliases: { q: "quiet" },
  },
  docs: {
    brief: "Print the accounts and rights that the controller needs with these settings, for kubectl apply",
    fullDescription:
      "With nothing given: those of the default settings, which deploy/mesh/rbac.yaml holds. No cluster is asked. " +
      "The least rights follow from the settings: with --config from those of a MeshConfig, with --compat-flags from the predecessor's.",
  },
});

export const meshClustersCommand = buildRouteMap({
  routes: {
    add: addCommand,
    remove: removeCommand,
    rotate: rotateCommand,
    pause: pauseCommand,
    resume: resumeCommand,
    list: listCommand,
    rbac: rbacCommand,
  },
  docs: { brief: "Which clusters belong to the mesh" },
});
