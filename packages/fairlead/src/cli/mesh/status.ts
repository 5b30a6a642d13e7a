import { findingsToJson, hasErrors } from "@fairlead/krm";
import { planFleet } from "../../plan/mesh/plan-fleet.ts";
import type { CliContext } from "../context.ts";
import type { MeshStatusFlags } from "../mesh.command.ts";
import { paint } from "../paint.ts";
import { report } from "../report.ts";
import { openFleet } from "./open-fleet.ts";
import { plannedOf } from "./planned.ts";
import { statusOf, type MeshStatus } from "./status-of.ts";
import { tableOf } from "./table.ts";

/** The command `mesh status`. */
export async function meshStatus(this: CliContext, flags: MeshStatusFlags): Promise<void> {
  const opened = await openFleet(this, flags);
  if (opened === undefined) return;
  const failed = hasErrors(opened.findings);
  const plan = failed ? undefined : planFleet(opened.fleet, opened.stores, this.clock?.now() ?? Date.now());
  const findings = [...opened.findings, ...(plan?.findings ?? [])];
  const status = plan === undefined ? undefined : statusOf(plan, plannedOf(opened, plan).changes);
  if (flags.output === "json") {
    report(this, findings, opened.files, flags.quiet === true);
    const document = { schemaVersion: 1, ...status, findings: findingsToJson(findings).findings };
    this.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  if (status !== undefined) this.process.stdout.write(shown(status, this.color.stdout));
  report(this, findings, opened.files, flags.quiet === true);
}

function shown({ clusters, names, policies }: MeshStatus, color: boolean): string {
  const { bold, dim } = paint(color);
  const parts = [
    tableOf(
      ["CLUSTER", "REGION", "VIEW", "GATEWAY", "OBJECTS", "TO WRITE"],
      clusters.map((one) => [one.name, one.region, one.view, one.gateway, String(one.objects), String(one.changes)]),
      bold,
    ),
    tableOf(
      ["NAME", "SERVED BY", "SEEN BY", "ADDRESS", "POLICY"],
      names.map((one) => [
        one.host,
        one.servedBy.map(({ cluster, namespace, service }) => `${cluster}:${namespace}/${service}`).join(", "),
        one.seenBy.join(", "),
        one.addresses.join(", "),
        one.policy ?? "",
      ]),
      bold,
    ),
    tableOf(
      ["POLICY", "CLUSTER", "ACCEPTED", "REASON", "NAMES"],
      policies.map((one) => [one.policy, one.cluster, one.accepted ? "yes" : "no", one.reason, one.hosts.join(", ")]),
      bold,
    ),
  ].filter((text) => text !== "");
  return parts.length === 0 ? `${dim("nothing is in the mesh")}\n` : parts.join("\n");
}
