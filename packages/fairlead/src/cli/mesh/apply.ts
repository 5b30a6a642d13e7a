import { rm } from "node:fs/promises";
import path from "node:path";
import { findingsToJson, hasErrors, print, type Finding } from "@fairlead/krm";
import { planFleet } from "../../plan/mesh/plan-fleet.ts";
import { exitCode, type CliContext } from "../context.ts";
import type { MeshApplyFlags } from "../mesh.command.ts";
import { refuse, report } from "../report.ts";
import { writeFolder } from "../write.ts";
import type { ClusterChanges } from "./changes.ts";
import { generatedFile } from "./cluster-folder.ts";
import { openFolder } from "./open-folder.ts";
import { onlyFiles } from "./only-files.ts";
import { plannedOf } from "./planned.ts";

/** The command `mesh apply`. */
export async function meshApply(this: CliContext, flags: MeshApplyFlags): Promise<void> {
  if (flags.file !== undefined) return applyToFolder(this, flags, flags.file);
  if (flags.dns !== undefined) return refuse(this, onlyFiles());
  const { applyToClusters } = await import("./apply-clusters.ts");
  return applyToClusters(this, flags);
}

async function applyToFolder(context: CliContext, flags: MeshApplyFlags, folder: string): Promise<void> {
  const opened = await openFolder(context, folder, flags);
  const failed = hasErrors(opened.findings);
  const plan = failed ? undefined : planFleet(opened.fleet, opened.stores, context.clock?.now() ?? Date.now());
  const planned = plan === undefined ? undefined : plannedOf(opened, plan, { dns: flags.dns });
  const findings = [...opened.findings, ...(plan?.findings ?? []), ...(planned?.findings ?? [])];
  if (report(context, findings, opened.files, flags.quiet === true) || planned === undefined) {
    if (flags.output === "json") context.process.stdout.write(asJson([], findings));
    return;
  }
  const { changes } = planned;
  const changed = new Set(changes.flatMap(({ cluster, diffs }) => (diffs.length === 0 ? [] : [cluster])));
  const files = [...planned.files].filter(([cluster]) => changed.has(cluster));
  const full = files.filter(([, list]) => list.length > 0);
  const written = await writeFolder(
    context,
    folder,
    full.map(([cluster, list]) => ({
      path: path.join(cluster, generatedFile),
      text: list.map((object) => print(object)).join("---\n"),
    })),
  );
  if (!written) return void (context.process.exitCode = exitCode.findings);
  for (const [cluster, list] of files) {
    if (list.length === 0) await rm(path.resolve(context.cwd, folder, cluster, generatedFile), { force: true });
  }
  if (flags.output === "json") {
    context.process.stdout.write(asJson(changes, findings));
    return;
  }
  const lines = changes.flatMap(({ cluster, diffs }) => {
    if (diffs.length === 0) return [];
    const count = (kind: string): number => diffs.filter((one) => one.kind === kind).length;
    const file = path.join(folder, cluster, generatedFile);
    return `${file}: ${count("added")} added, ${count("changed")} changed, ${count("removed")} removed\n`;
  });
  context.process.stdout.write(lines.length === 0 ? "nothing to change\n" : lines.join(""));
}

function asJson(changes: readonly ClusterChanges[], findings: readonly Finding[]): string {
  const clusters = Object.fromEntries(
    changes.map(({ cluster, diffs }) => [cluster, diffs.map(({ kind, ref }) => ({ change: kind, object: ref }))]),
  );
  return `${JSON.stringify({ schemaVersion: 1, clusters, findings: findingsToJson(findings).findings }, null, 2)}\n`;
}
