import type { FlagParametersForType } from "@stricli/core";
import type { DestructiveStep } from "@fairlead/kube";
import type { CliContext } from "../context.ts";
import { switchFlag, textFlag } from "../flags.ts";

/** Which members of a set may be deleted. */
export interface DeletionFlags {
  readonly set?: string;
  readonly allow?: readonly DestructiveStep[];
}

/** How objects belong together, and what may become of what others own. */
export interface SetFlags extends DeletionFlags {
  readonly prune?: boolean;
  readonly adopt?: boolean;
}

/** What `--allow` takes. */
const destructiveSteps = [
  "delete-namespace",
  "delete-crd",
  "delete-volume-claim",
] as const satisfies readonly DestructiveStep[];

export const deletionFlags: FlagParametersForType<DeletionFlags, CliContext> = {
  set: textFlag("The apply set: what belongs together and is pruned together", "name"),
  allow: {
    kind: "enum",
    values: destructiveSteps,
    variadic: true,
    optional: true,
    brief: "A deletion that loses data and is refused unless it is allowed",
  },
};

export const setFlags: FlagParametersForType<SetFlags, CliContext> = {
  ...deletionFlags,
  prune: switchFlag("Delete what the set (--set) no longer holds"),
  adopt: switchFlag("Take over objects, fields and sets of others"),
};
