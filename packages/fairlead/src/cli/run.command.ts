import { buildCommand } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";
import { meshFlags } from "./mesh/flags.ts";
import { sidecarFlags } from "./sidecars/flags.ts";

export const capabilities = ["workloads", "mesh", "sidecars"] as const;
export type Capability = (typeof capabilities)[number];

export interface RunFlags extends ClusterFlags {
  readonly environment?: string;
  readonly sharedNamespace?: string;
  readonly leaderElection: boolean;
  readonly leaseNamespace?: string;
  readonly health?: string;
  readonly config?: string;
  readonly compatFlags?: readonly string[];
  readonly set?: readonly string[];
  readonly registry?: boolean;
  readonly dryRun?: boolean;
  readonly readOnly?: boolean;
  readonly shards?: boolean;
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

export const runCommand = buildCommand<RunFlags, [Capability], CliContext>({
  loader: async () => {
    const { keepHeapSmall } = await import("../run/small-heap.ts");
    keepHeapSmall();
    return (await import("./run-capability.ts")).runCapability;
  },
  parameters: {
    flags: {
      ...clusterFlags,
      environment: textFlag("The environment whose patches and settings count", "name"),
      sharedNamespace: textFlag("Whose Environments count for namespaces that have none", "name"),
      leaderElection: {
        kind: "boolean",
        default: true,
        brief: "Work only while this process holds a Lease, so that several may run",
      },
      leaseNamespace: textFlag("Where the Lease is; the context's namespace unless told", "name"),
      health: textFlag("Serve /healthz, /readyz and /metrics at this address, such as 0.0.0.0:8080", "host:port"),
      config: textFlag(
        "mesh, sidecars: a file with a MeshConfig or SidecarPolicy, instead of the cluster's own",
        "path",
      ),
      compatFlags: meshFlags.compatFlags,
      set: { ...sidecarFlags.set, brief: "sidecars: one field of the SidecarPolicy's spec, such as budget.fleet=3" },
      registry: switchFlag("sidecars: the clusters that Secrets of the context's cluster register, and that one"),
      dryRun: switchFlag("sidecars: find out and report, restart nothing"),
      readOnly: switchFlag("mesh: plan and report, write nothing"),
      shards: switchFlag("mesh: share the identities with the other replicas, instead of one working for all"),
      logLevel: {
        kind: "enum",
        values: ["debug", "info", "warn", "error"],
        default: "info",
        brief: "The least important lines to log",
      },
    },
    positional: {
      kind: "tuple",
      parameters: [
        {
          brief: `What to run: ${capabilities.join(", ")}`,
          placeholder: "capability",
          parse(text) {
            const found = capabilities.find((one) => one === text);
            if (found === undefined) throw new SyntaxError(`one of ${capabilities.join(", ")}, not ${text}`);
            return found;
          },
        },
      ],
    },
    aliases: { ...clusterAliases, e: "environment" },
  },
  docs: {
    brief: "Keep clusters as their declarations say, until it is stopped",
    fullDescription:
      "workloads: applies every App, Task, Route, … of the clusters, corrects what drifts, reports in status.conditions and Events, and removes what deleted declarations made. " +
      "mesh: gives every service one name in all clusters that Secrets of the context's cluster register. " +
      "sidecars: restarts, wave by wave, what runs an outdated proxy. " +
      "With several --cluster the Lease is in the first one. Logs are JSON lines on stderr; SIGTERM ends it when the running work has ended.",
  },
});
