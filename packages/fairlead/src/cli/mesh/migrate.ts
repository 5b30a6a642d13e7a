import { findingsToJson, hasErrors, print, type Finding, type KrmObject } from "@fairlead/krm";
import { readMeshConfigSpec } from "../../plan/mesh/config/read-mesh-config.ts";
import { shortSpec } from "../../plan/mesh/config/short-spec.ts";
import { ownSpecOf } from "../../plan/mesh/config/own-spec.ts";
import type { MeshConfiguration } from "../../plan/mesh/config/settings-of.ts";
import { planFleet } from "../../plan/mesh/plan-fleet.ts";
import { apiVersion } from "../../kinds/group.ts";
import type { CliContext } from "../context.ts";
import { diffExitCode } from "../diff.ts";
import type { MeshMigrateFlags } from "../mesh.command.ts";
import { report } from "../report.ts";
import { writeText } from "../write.ts";
import type { ClusterChanges } from "./changes.ts";
import { shown } from "./diff.ts";
import { migrateFinding } from "./migrate-findings.ts";
import { openFleet } from "./open-fleet.ts";
import { plannedOf } from "./planned.ts";
import { readConfiguration } from "./configuration.ts";

/**
 * The command `mesh migrate`. Step one takes a fleet over as it is: with the predecessor's flags, nothing may differ.
 * Step two (`--to default`) shows what our own rules change, with everything that people depend on by name left alone.
 */
export async function meshMigrate(this: CliContext, flags: MeshMigrateFlags): Promise<void> {
  const { to, out, ...rest } = flags;
  const source = {
    ...rest,
    ...(flags.compatFlags === undefined && flags.config === undefined ? { compat: "admiral" as const } : {}),
  };
  const own = await readConfiguration(this, source, undefined);
  if (hasErrors(own.findings)) return void report(this, own.findings, own.files, flags.quiet === true);
  const config = configOf(own, to);
  const opened = await openFleet(this, source, config);
  if (opened === undefined) return;
  const failed = hasErrors(opened.findings);
  const plan = failed ? undefined : planFleet(opened.fleet, opened.stores, this.clock?.now() ?? Date.now());
  const changes = plan === undefined ? [] : plannedOf(opened, plan).changes;
  const kept =
    plan === undefined
      ? 0
      : plan.plans.reduce(
          (sum, { clusters }) => sum + clusters.reduce((all, { desired }) => all + desired.length, 0),
          0,
        );
  const findings: Finding[] = [...own.findings, ...opened.findings, ...(plan?.findings ?? []), ...verdict(to, changes)];
  if (out !== undefined && !hasErrors(findings) && !(await writeText(this, out, print(config)))) return;
  if (flags.output === "json") {
    const clusters = Object.fromEntries(
      changes.map(({ cluster, diffs }) => [cluster, diffs.map(({ kind, ref }) => ({ change: kind, object: ref }))]),
    );
    const document = { schemaVersion: 1, to, config, clusters, findings: findingsToJson(findings).findings };
    this.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else if (!failed) {
    const count = changes.reduce((sum, { diffs }) => sum + diffs.length, 0);
    this.process.stdout.write(changes.map((one) => shown(one, this.color.stdout)).join(""));
    this.process.stdout.write(
      `${Math.max(0, kept - changedOf(changes))} objects stay as they are, ${count} would change\n`,
    );
    if (out === undefined) this.process.stdout.write(`---\n${print(config)}`);
  }
  const wrong = report(this, findings, opened.files, flags.quiet === true);
  const isSame = changes.every(({ diffs }) => diffs.length === 0);
  this.process.exitCode = wrong ? diffExitCode.findings : isSame ? diffExitCode.same : diffExitCode.different;
}

function changedOf(changes: readonly ClusterChanges[]): number {
  return changes.reduce((sum, { diffs }) => sum + diffs.filter(({ kind }) => kind !== "removed").length, 0);
}

/** The MeshConfig with which the controller runs after this step. */
function configOf(own: MeshConfiguration, to: "admiral" | "default"): KrmObject {
  const spec = to === "admiral" ? shortSpec(own) : ownSpecOf(own);
  const { settings, registry } = readMeshConfigSpec(spec as never);
  return {
    apiVersion,
    kind: "MeshConfig",
    metadata: { name: "mesh", namespace: registry.namespace },
    spec: { ...(spec as object), ...(settings.mode === "admiral" ? { compat: "admiral" } : {}) },
  } as KrmObject;
}

function verdict(to: "admiral" | "default", changes: readonly ClusterChanges[]): readonly Finding[] {
  const count = changes.reduce((sum, { diffs }) => sum + diffs.length, 0);
  if (to === "default" || count === 0) return [];
  const message = `${count} object${count === 1 ? " is" : "s are"} not as the predecessor would write ${count === 1 ? "it" : "them"} with these flags`;
  const hint =
    "give the flags that it runs with after --compat-flags, or let it finish; what is left is what taking over changes";
  return [migrateFinding("FL850", { message, hint })];
}
