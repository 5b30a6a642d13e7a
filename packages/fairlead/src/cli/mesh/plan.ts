import { compareText } from "@fairlead/apimachinery";
import { findingsToJson, hasErrors, print, type Finding, type KrmObject } from "@fairlead/krm";
import { configMapOf } from "../../plan/mesh/addresses/store.ts";
import { planFleet, type FleetPlan } from "../../plan/mesh/plan-fleet.ts";
import { exitCode, type CliContext } from "../context.ts";
import type { MeshPlanFlags } from "../mesh.command.ts";
import { report } from "../report.ts";
import { writeFolder } from "../write.ts";
import { openFleet } from "./open-fleet.ts";
import type { OpenedFleet } from "./open-folder.ts";

/** The file into which a cluster's objects go. */
export const planFile = "mesh.yaml";

/** The command `mesh plan`. */
export async function meshPlan(this: CliContext, flags: MeshPlanFlags): Promise<void> {
  const opened = await openFleet(this, flags);
  if (opened === undefined) return;
  const now = this.clock?.now() ?? Date.now();
  const plan = hasErrors(opened.findings) ? undefined : planFleet(opened.fleet, opened.stores, now);
  const findings = [...opened.findings, ...(plan?.findings ?? [])];
  const failed = report(this, findings, opened.files, flags.quiet === true);
  const objects = plan === undefined ? new Map<string, readonly KrmObject[]>() : objectsByCluster(opened, plan);
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

/** Everything that belongs into each cluster, stores of addresses among it; clusters without anything are there, too. */
export function objectsByCluster(
  { clusters, home }: Pick<OpenedFleet, "clusters" | "home">,
  { fleet, plans, changedStores }: FleetPlan,
): ReadonlyMap<string, readonly KrmObject[]> {
  const objects = new Map<string, KrmObject[]>(clusters.map(({ name }) => [name, []]));
  for (const store of changedStores) {
    const known = objects.get(home) ?? [];
    objects.set(home, [...known, configMapOf(store, fleet.settings.scope.syncNamespace)]);
  }
  for (const { clusters: planned } of plans) {
    for (const { cluster, desired } of planned) {
      const list = objects.get(cluster);
      if (list === undefined) objects.set(cluster, [...desired]);
      else list.push(...desired);
    }
  }
  return new Map([...objects].sort(([a], [b]) => compareText(a, b)));
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
