import { buildCommand, buildRouteMap } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";

export interface StateFlags {
  readonly state?: string;
}

export interface UpFlags extends StateFlags {
  readonly fleet?: string;
  readonly environment?: string;
  readonly ephemeral?: boolean;
  readonly watch?: boolean;
  readonly detach?: boolean;
  readonly processes: boolean;
  readonly timeout?: string;
}

const state = { state: textFlag("The folder that keeps the fleet; .fairlead unless told", "folder") };

const startCommand = buildCommand<UpFlags, [string?], CliContext>({
  loader: async () => (await import("./up.ts")).up,
  parameters: {
    flags: {
      ...state,
      fleet: textFlag("The file that declares the clusters; DIR/fleet.yaml unless told, else one cluster", "path"),
      environment: textFlag("The environment whose patches and settings count", "name"),
      ephemeral: switchFlag("Keep nothing on disk"),
      watch: switchFlag("Apply the folder again whenever a file in it changes"),
      detach: switchFlag("Return once everything is ready; `fairlead down` ends it"),
      processes: {
        kind: "boolean",
        default: true,
        brief: "Run pods that name a local command (fairlead.dev/process) as real processes",
      },
      timeout: textFlag("How long to wait until everything is ready; 2m unless told", "duration"),
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A folder of declarations to run", parse: String, placeholder: "dir", optional: true }],
    },
    aliases: { e: "environment" },
  },
  docs: {
    brief: "Bring up an embedded fleet and run a folder on it",
    fullDescription:
      "Starts one embedded cluster, or those of fleet.yaml, in this process: a Kubernetes API server, controllers and nodes, on the loopback interface. " +
      "Installs Fairlead's definitions, and Istio where fleet.yaml says so, applies DIR, waits until all is ready, and shows what happens until Ctrl-C. " +
      "A SidecarPolicy is followed: the sidecars are kept current, in waves. What is in the clusters is kept in .fairlead and there again the next time.",
  },
});

const statusCommand = buildCommand<StateFlags, [], CliContext>({
  loader: async () => (await import("./up/status.ts")).upStatus,
  parameters: { flags: state },
  docs: { brief: "Say whether the fleet of this folder is up, and where" },
});

export const upCommand = buildRouteMap<string, CliContext>({
  routes: { start: startCommand, status: statusCommand },
  defaultCommand: "start",
  docs: { brief: "Bring up an embedded fleet and run a folder on it" },
});

export const downCommand = buildCommand<StateFlags, [], CliContext>({
  loader: async () => (await import("./up/down.ts")).down,
  parameters: { flags: state },
  docs: { brief: "End the embedded fleet of this folder; what is in it is kept" },
});
