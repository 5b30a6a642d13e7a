import { userInfo } from "node:os";
import { systemClock } from "@fairlead/kube";
import type { PauseScope } from "../../plan/sidecars/model/run.ts";
import type { Command } from "../../run/sidecars/journal/command.ts";
import { sendCommand } from "../../run/sidecars/journal/place.ts";
import { errorFinding } from "../cluster/error-finding.ts";
import { withTargets } from "../cluster/targets.ts";
import { exitCode, type CliContext } from "../context.ts";
import { refuse } from "../report.ts";
import type { SidecarPauseFlags } from "../sidecars.command.ts";
import { sidecarCliFinding } from "./findings.ts";
import { ensureNamespace, journalPlace } from "./place.ts";

/** The command `sidecars pause`. */
export async function sidecarsPause(this: CliContext, flags: SidecarPauseFlags): Promise<void> {
  await tell(this, flags, "pause");
}

/** The command `sidecars resume`. */
export async function sidecarsResume(this: CliContext, flags: SidecarPauseFlags): Promise<void> {
  await tell(this, flags, "resume");
}

async function tell(context: CliContext, flags: SidecarPauseFlags, kind: Command["kind"]): Promise<void> {
  const scope = scopeOf(flags);
  if (scope === undefined) {
    refuse(context, sidecarCliFinding("FL895", { message: "--in names a namespace, and no --of its cluster" }));
    context.process.exitCode = exitCode.misuse;
    return;
  }
  const by = flags.as ?? userInfo().username;
  const command: Command = kind === "pause" ? { kind, by, reason: flags.reason ?? "", scope } : { kind, by, scope };
  const verb = kind === "pause" ? "paused" : "resumed";
  if (flags.dryRun === true) {
    context.process.stdout.write(`${subject(scope)} would be ${verb}\n`);
    return;
  }
  await withTargets(context, flags, async ([home]) => {
    const clock = context.clock ?? systemClock;
    try {
      const place = journalPlace(flags);
      await ensureNamespace(home!.client, place);
      await sendCommand(home!.client, place, command, { now: clock.now(), random: Math.random });
      context.process.stdout.write(`${subject(scope)}: ${verb}, as soon as the controller reads it\n`);
    } catch (error) {
      refuse(context, errorFinding(error));
    }
  });
}

/** Undefined: the flags say nothing that there is. */
function scopeOf({ of: cluster, in: namespace }: SidecarPauseFlags): PauseScope | undefined {
  if (namespace !== undefined) return cluster === undefined ? undefined : { kind: "namespace", cluster, namespace };
  return cluster === undefined ? { kind: "all" } : { kind: "cluster", cluster };
}

function subject(scope: PauseScope): string {
  switch (scope.kind) {
    case "all":
      return "restarts everywhere";
    case "cluster":
      return `restarts in ${scope.cluster}`;
    case "namespace":
      return `restarts in ${scope.cluster}/${scope.namespace}`;
  }
}
