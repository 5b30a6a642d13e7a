import { buildCommand, buildRouteMap } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";
import { quietFlag, registryFlag as registry, sidecarFlags, type SidecarFlags } from "./sidecars/flags.ts";

export interface SidecarPlanFlags extends SidecarFlags, ClusterFlags {
  readonly quiet?: boolean;
  readonly registry?: boolean;
  readonly all?: boolean;
  readonly output: "text" | "json";
}

export interface SidecarRunFlags extends SidecarFlags, ClusterFlags {
  readonly registry?: boolean;
  readonly dryRun?: boolean;
  readonly timeout?: string;
  readonly quiet?: boolean;
  readonly output: "text" | "json";
}

export interface SidecarPauseFlags extends ClusterFlags {
  readonly of?: string;
  readonly in?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

export interface SidecarStatusFlags extends ClusterFlags {
  readonly watch?: boolean;
  readonly output: "text" | "json";
}

export interface SidecarHistoryFlags extends ClusterFlags {
  readonly output: "text" | "json";
}

/** Workloads are chosen by the policy; the namespace is the controller's own. */
const access = {
  ...clusterFlags,
  namespace: textFlag("Where Lease, journal and policy are; fairlead-sidecars unless told", "name"),
} as const;

const aliases = { ...clusterAliases, o: "output" } as const;
const output = { kind: "enum", values: ["text", "json"], default: "text", brief: "A table, or json" } as const;

const planCommand = buildCommand<SidecarPlanFlags, [], CliContext>({
  loader: async () => (await import("./sidecars/plan.ts")).sidecarsPlan,
  parameters: {
    flags: {
      ...access,
      ...sidecarFlags,
      registry,
      all: switchFlag("Show what settings and annotations exclude, too"),
      quiet: quietFlag,
      output,
    },
    aliases: { ...aliases, q: "quiet" },
  },
  docs: {
    brief: "Show which workloads run an outdated proxy, why, and when each would be restarted",
    fullDescription:
      "Asks the injectors what they would inject into new pods, compares that with the pods that run, and orders the rest into waves. Nothing is written. " +
      "Exit code 0: everything is current; 1: something is outdated, or is not known; 2: misuse.",
  },
});

const runCommand = buildCommand<SidecarRunFlags, [], CliContext>({
  loader: async () => (await import("./sidecars/run.ts")).sidecarsRun,
  parameters: {
    flags: {
      ...access,
      ...sidecarFlags,
      registry,
      dryRun: switchFlag("Find out and report what would be restarted; restart nothing"),
      timeout: textFlag("End after this time, whatever is left, such as 2h", "duration"),
      quiet: quietFlag,
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "Progress, or json at the end" },
    },
    aliases: { ...aliases, q: "quiet" },
  },
  docs: {
    brief: "Bring every outdated workload up to date, wave by wave, and end",
    fullDescription:
      "Does what `fairlead run sidecars` does all the time, until everything is current, failed or reported. It holds the same Lease, so that it never works beside a controller; interrupted, it goes on where it was when it is run again. " +
      "Exit code 0: everything is current; 1: something failed, is held back or is not known.",
  },
});

const scope = {
  of: textFlag("Only this cluster", "cluster"),
  in: textFlag("Only this namespace", "namespace"),
};

const pauseCommand = buildCommand<SidecarPauseFlags, [], CliContext>({
  loader: async () => (await import("./sidecars/pause.ts")).sidecarsPause,
  parameters: {
    flags: {
      ...access,
      ...scope,
      reason: textFlag("Why, for whoever reads the status", "text"),
      dryRun: switchFlag("Say what would be paused; pause nothing"),
    },
    aliases: clusterAliases,
  },
  docs: {
    brief: "Begin no more restarts, until `sidecars resume`",
    fullDescription: "What is rolling out ends. The pause survives restarts of the controller.",
  },
});

const resumeCommand = buildCommand<SidecarPauseFlags, [], CliContext>({
  loader: async () => (await import("./sidecars/pause.ts")).sidecarsResume,
  parameters: {
    flags: {
      ...access,
      ...scope,
      reason: textFlag("Why, for the history", "text"),
      dryRun: switchFlag("Say what would be resumed; resume nothing"),
    },
    aliases: clusterAliases,
  },
  docs: {
    brief: "Go on after a pause, whoever began it, and forgive the failures that caused it",
  },
});

const statusCommand = buildCommand<SidecarStatusFlags, [], CliContext>({
  loader: async () => (await import("./sidecars/status.ts")).sidecarsStatus,
  parameters: {
    flags: { ...access, watch: switchFlag("Show every change, until interrupted"), output },
    aliases: { ...aliases, w: "watch" },
  },
  docs: { brief: "Show what the controller is doing: progress, the time it will take, what is held back and why" },
});

const historyCommand = buildCommand<SidecarHistoryFlags, [], CliContext>({
  loader: async () => (await import("./sidecars/history.ts")).sidecarsHistory,
  parameters: {
    flags: { ...access, output },
    aliases: aliases,
  },
  docs: { brief: "Show the last runs, and the workloads that were restarted" },
});

export const sidecarsCommand = buildRouteMap({
  routes: {
    plan: planCommand,
    run: runCommand,
    pause: pauseCommand,
    resume: resumeCommand,
    status: statusCommand,
    history: historyCommand,
  },
  docs: { brief: "Keep the proxies of a mesh current: find what is outdated, restart it gracefully" },
});
