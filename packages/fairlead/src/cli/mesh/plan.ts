import { findingsToJson, hasErrors, print, type Finding, type KrmObject } from "@fairlead/krm";
import { planFleet } from "../../plan/mesh/plan-fleet.ts";
import { exitCode, type CliContext } from "../context.ts";
import type { MeshPlanFlags } from "../mesh.command.ts";
import { report } from "../report.ts";
import { writeFolder } from "../write.ts";
import { openFleet } from "./open-fleet.ts";
import { plannedOf } from "./planned.ts";

/** The file into which a cluster's objects go. */
export const planFile = "mesh.yaml";

/** The command `mesh plan`. */
export async function meshPlan(this: CliContext, flags: MeshPlanFlags): Promise<void> {
  const opened = await openFleet(this, flags);
  if (opened === undefined) return;
  const now = this.clock?.now() ?? Date.now();
  const plan = hasErrors(opened.findings) ? undefined : planFleet(opened.fleet, opened.stores, now);
  const planned = plan === undefined ? undefined : plannedOf(opened, plan, { dns: flags.dns, infrastructure: true });
  const findings = [...opened.findings, ...(plan?.findings ?? []), ...(planned?.findings ?? [])];
  const failed = report(this, findings, opened.files, flags.quiet === true);
  const objects = planned?.objects ?? new Map<string, readonly KrmObject[]>();
  if (flags.output === "json") {
    this.process.stdout.write(`${JSON.stringify(asJson(objects, findings), null, 2)}\n`);
  } else if (!failed && flags.out === undefined) {
    for (const [cluster, list] of objects) this.process.stdout.write(shown(cluster, list));
  }
  if (failed || flags.out === undefined) return;
  const files = [...objects].map(([cluster, list]) => ({
    path: `${cluster}/${planFile}`,
    text: list.map((object) => print(object)).join("---\n"),
  }));
  if (!(await writeFolder(this, flags.out, files))) this.process.exitCode = exitCode.findings;
}

function shown(cluster: string, objects: readonly KrmObject[]): string {
  const texts = objects.map((object) => `---\n# cluster: ${cluster}\n${print(object)}`);
  return texts.join("");
}

function asJson(objects: ReadonlyMap<string, readonly KrmObject[]>, findings: readonly Finding[]) {
  return {
    schemaVersion: 1,
    clusters: Object.fromEntries(objects),
    findings: findingsToJson(findings).findings,
  };
}
