import { readFortsa } from "../../plan/sidecars/config/compat-flags.ts";
import type { CliContext } from "../context.ts";
import type { SidecarFlags } from "./flags.ts";

interface Told extends SidecarFlags {
  readonly kubeconfig?: string;
  readonly logLevel?: "debug" | "info" | "warn" | "error";
}

/** The flags of a command, with what the predecessor's say of the command itself: its kubeconfig, how much it logs. */
export function withCompat<Flags extends Told>(flags: Flags, { env }: CliContext): Flags {
  if (flags.compatFlags === undefined) return flags;
  const { kubeconfig, logLevel } = readFortsa(flags.compatFlags, env).command;
  return {
    ...flags,
    ...(flags.kubeconfig === undefined && kubeconfig !== undefined && { kubeconfig }),
    ...(logLevel !== undefined && flags.logLevel !== undefined && { logLevel }),
  };
}
