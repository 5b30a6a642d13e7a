import type { FlagParametersForType } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { switchFlag, textFlag } from "../flags.ts";
import { meshFlags } from "../mesh/flags.ts";

/** What every command of the sidecars takes: what configures them, and where their journal is. */
export interface SidecarFlags {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly compatFlags?: readonly string[];
}

export const sidecarFlags: FlagParametersForType<SidecarFlags, CliContext> = {
  config: textFlag("A file with a SidecarPolicy, instead of the cluster's own", "path"),
  set: {
    kind: "parsed",
    parse: String,
    variadic: true,
    optional: true,
    brief: "One field of the SidecarPolicy's spec, such as budget.fleet=3; may be given several times",
    placeholder: "field=value",
  },
  compatFlags: meshFlags.compatFlags,
};

export const quietFlag = switchFlag("Print errors only, no warnings or hints");

export const registryFlag = switchFlag("The clusters that Secrets of the context's cluster register, and that one");
