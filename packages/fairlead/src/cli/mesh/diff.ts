import { findingsToJson, formatRef, hasErrors, type Finding } from "@fairlead/krm";
import { diffsToJson, formatDiffs } from "../../diff/format.ts";
import { planFleet } from "../../plan/mesh/plan-fleet.ts";
import type { CliContext } from "../context.ts";
import { diffExitCode } from "../diff.ts";
import type { MeshDiffFlags } from "../mesh.command.ts";
import { paint } from "../paint.ts";
import { refuse, report } from "../report.ts";
import type { ClusterChanges } from "./changes.ts";
import { openFleet } from "./open-fleet.ts";
import { onlyFiles } from "./only-files.ts";
import { plannedOf } from "./planned.ts";

/** The command `mesh diff`. */
export async function meshDiff(this: CliContext, flags: MeshDiffFlags): Promise<void> {
  if (flags.dns !== undefined && flags.file === undefined) return refuse(this, onlyFiles());
  const opened = await openFleet(this, flags);
  if (opened === undefined) return;
  const plan = hasErrors(opened.findings)
    ? undefined
    : planFleet(opened.fleet, opened.stores, this.clock?.now() ?? Date.now());
  const planned = plan === undefined ? undefined : plannedOf(opened, plan, { dns: flags.dns });
  const findings = [...opened.findings, ...(plan?.findings ?? []), ...(planned?.findings ?? [])];
  const failed = report(this, findings, opened.files, flags.quiet === true);
  const changes = planned?.changes ?? [];
  if (flags.output === "json") this.process.stdout.write(`${JSON.stringify(asJson(changes, findings), null, 2)}\n`);
  else if (!failed) this.process.stdout.write(changes.map((one) => shown(one, this.color.stdout)).join(""));
  const isSame = changes.every(({ diffs }) => diffs.length === 0);
  this.process.exitCode = failed ? diffExitCode.findings : isSame ? diffExitCode.same : diffExitCode.different;
}

export function shown({ cluster, diffs, kept }: ClusterChanges, color: boolean): string {
  const styles = paint(color);
  const notes = kept.map((ref) => `  ${formatRef(ref)} stays: not every cluster could be read\n`).join("");
  return `${styles.cyan(`cluster ${cluster}`)}\n${formatDiffs(diffs, styles)}${notes}`;
}

function asJson(changes: readonly ClusterChanges[], findings: readonly Finding[]) {
  return {
    schemaVersion: 1,
    clusters: Object.fromEntries(changes.map(({ cluster, diffs, kept }) => [cluster, { ...diffsToJson(diffs), kept }])),
    findings: findingsToJson(findings).findings,
  };
}
