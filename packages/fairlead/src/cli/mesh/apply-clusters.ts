import { findingsToJson, hasErrors } from "@fairlead/krm";
import { planFleet } from "../../plan/mesh/plan-fleet.ts";
import { exitCode, type CliContext } from "../context.ts";
import type { MeshApplyFlags } from "../mesh.command.ts";
import { report } from "../report.ts";
import type { ClusterChanges } from "./changes.ts";
import { openClusters } from "./open-clusters.ts";
import { plannedOf } from "./planned.ts";
import { withMesh } from "./with-mesh.ts";

const writeMs = 5 * 60_000;

/** `mesh apply` on clusters: what differs is written, once, until all is as planned. */
export async function applyToClusters(context: CliContext, flags: MeshApplyFlags): Promise<void> {
  const before = await openClusters(context, flags);
  if (before === undefined) return;
  const plan = planFleet(before.fleet, before.stores, context.clock?.now() ?? Date.now());
  const { changes } = plannedOf(before, plan);
  const findings = [...before.findings, ...plan.findings];
  if (hasErrors(findings)) return void report(context, findings, [], flags.quiet === true);
  const deletions = changes.flatMap(({ diffs }) => diffs.filter(({ kind }) => kind === "removed"));
  if (deletions.length > 0 && flags.yes !== true) {
    const { refuseDeletions } = await import("./refuse-deletions.ts");
    return refuseDeletions(context, changes);
  }
  await withMesh(context, flags, { readOnly: false, timeoutMs: writeMs }, ({ mesh, findings: late }) => {
    const all = [...late, ...mesh.findings()];
    report(context, all, [], flags.quiet === true);
    if (flags.output === "json") {
      const document = { schemaVersion: 1, clusters: counted(changes), findings: findingsToJson(all).findings };
      context.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    } else context.process.stdout.write(changes.length === 0 ? "nothing to change\n" : changes.map(line).join(""));
    if (hasErrors(all)) context.process.exitCode = exitCode.findings;
    return Promise.resolve();
  });
}

function counted(changes: readonly ClusterChanges[]): { readonly [cluster: string]: ReturnType<typeof countsOf> } {
  return Object.fromEntries(changes.map((one) => [one.cluster, countsOf(one)]));
}

function countsOf({ diffs }: ClusterChanges) {
  const count = (kind: string): number => diffs.filter((one) => one.kind === kind).length;
  return { added: count("added"), changed: count("changed"), removed: count("removed") };
}

function line(changes: ClusterChanges): string {
  const { added, changed, removed } = countsOf(changes);
  return `cluster ${changes.cluster}: ${added} added, ${changed} changed, ${removed} removed\n`;
}
