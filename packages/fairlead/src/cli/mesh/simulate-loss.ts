import { findingsToJson, hasErrors, type Finding } from "@fairlead/krm";
import { trace, type Caller, type MeshNetwork } from "@fairlead/sim";
import { intentOf } from "../../plan/mesh/identity/intent.ts";
import { planFleet, type FleetPlan } from "../../plan/mesh/plan-fleet.ts";
import { exitCode, type CliContext } from "../context.ts";
import type { ClusterFlags } from "../cluster/flags.ts";
import { paint } from "../paint.ts";
import { report } from "../report.ts";
import { meshCliFinding } from "./findings.ts";
import type { MeshFlags } from "./flags.ts";
import { isLost, localityOf, networkOf, type Loss } from "./network.ts";
import { openFleet } from "./open-fleet.ts";
import { tableOf } from "./table.ts";

export interface SimulateLossFlags extends MeshFlags, ClusterFlags {
  readonly loseRegion?: readonly string[];
  readonly loseCluster?: readonly string[];
  readonly output: "text" | "json";
}

/** Where the requests for a name from a cluster go, before and after. Shares by cluster; the rest ends nowhere. */
interface Shift {
  readonly host: string;
  readonly from: string;
  readonly before: { readonly [cluster: string]: number };
  readonly after: { readonly [cluster: string]: number };
  readonly lost: number;
}

/** `simulate --lose-region REGION`: who serves whom then, and who is left without. */
export async function simulateLoss(context: CliContext, flags: SimulateLossFlags): Promise<void> {
  const opened = await openFleet(context, flags);
  if (opened === undefined) return;
  const loss: Loss = { regions: flags.loseRegion ?? [], clusters: flags.loseCluster ?? [] };
  const plan = hasErrors(opened.findings)
    ? undefined
    : planFleet(opened.fleet, opened.stores, context.clock?.now() ?? Date.now());
  const unknown = plan === undefined ? [] : unknownOf(plan.fleet, loss);
  if (unknown.length > 0) return void report(context, unknown, [], flags.quiet === true);
  const shifts = plan === undefined ? [] : shiftsOf(networkOf(opened, plan), plan, loss);
  const lost = shifts.filter((one) => one.lost > 0);
  const findings: Finding[] = [...opened.findings, ...lostFindings(lost)];
  if (flags.output === "json") {
    const document = { schemaVersion: 1, loss, shifts, findings: findingsToJson(findings).findings };
    context.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else context.process.stdout.write(shown(shifts, context.color.stdout));
  report(context, findings, opened.files, flags.quiet === true);
  if (lost.length > 0) context.process.exitCode = exitCode.findings;
}

/** A name that is wrong would look like a loss that nobody notices. */
function unknownOf({ clusters }: FleetPlan["fleet"], loss: Loss): readonly Finding[] {
  const regions = [...new Set(clusters.map(({ region }) => region).filter((one) => one !== ""))];
  const names = clusters.map(({ name }) => name);
  const check = (what: string, wanted: readonly string[], known: readonly string[]): Finding[] =>
    wanted
      .filter((one) => !known.includes(one))
      .map((one) =>
        meshCliFinding("FL854", {
          message: `there is no ${what} ${one}`,
          hint: `there are: ${known.join(", ") || "none"}`,
        }),
      );
  return [...check("region", loss.regions, regions), ...check("cluster", loss.clusters, names)];
}

function shiftsOf(network: MeshNetwork, { fleet, plans }: FleetPlan, loss: Loss): readonly Shift[] {
  const shifts: Shift[] = [];
  for (const { key } of plans) {
    if (!key.startsWith("identity:")) continue;
    for (const { host, role, ports, audience } of intentOf(fleet, key.slice("identity:".length)).intent.hosts) {
      // Nobody calls them: they are parts of a split.
      if (role === "region") continue;
      for (const { cluster, exportTo } of audience) {
        const facts = fleet.cluster(cluster);
        // Who is lost itself calls nobody.
        if (facts === undefined || loss.clusters.includes(cluster) || loss.regions.includes(facts.region)) continue;
        const namespace = exportTo?.find((one) => one !== fleet.settings.gateways.namespace) ?? "default";
        const caller: Caller = { cluster, namespace, locality: localityOf(facts), labels: {} };
        const request = { host, port: ports[0]?.number ?? 80, path: "/", method: "GET", headers: {} };
        const before = byCluster(network, caller, request, { regions: [], clusters: [] });
        const after = byCluster(network, caller, request, loss);
        shifts.push({ host, from: cluster, before: before.shares, after: after.shares, lost: after.lost });
      }
    }
  }
  return shifts;
}

function byCluster(
  network: MeshNetwork,
  caller: Caller,
  request: Parameters<typeof trace>[2],
  loss: Loss,
): { readonly shares: { readonly [cluster: string]: number }; readonly lost: number } {
  const shares: { [cluster: string]: number } = {};
  let lost = 0;
  for (const { share, hops, failure } of trace(network, caller, request, isLost(network, loss))) {
    const end = hops.at(-1)?.cluster;
    if (failure !== undefined || end === undefined) lost += share;
    else shares[end] = (shares[end] ?? 0) + share;
  }
  return { shares, lost };
}

function lostFindings(lost: readonly Shift[]): readonly Finding[] {
  return lost.map(({ host, from, lost: share }) =>
    meshCliFinding("FL837", { message: `${host}: ${percent(share)} of the requests from ${from} end nowhere` }),
  );
}

function shown(shifts: readonly Shift[], color: boolean): string {
  const { bold, dim } = paint(color);
  const text = (shares: { readonly [cluster: string]: number }, lost = 0): string =>
    [
      ...Object.entries(shares).map(([cluster, share]) => `${cluster} ${percent(share)}`),
      ...(lost > 0 ? [`✗ ${percent(lost)}`] : []),
    ].join(", ");
  const changed = shifts.filter((one) => text(one.before) !== text(one.after, one.lost));
  if (changed.length === 0) return `${dim("nothing changes for anybody")}\n`;
  const rows = changed.map((one) => [one.host, one.from, text(one.before), text(one.after, one.lost)]);
  const same = shifts.length - changed.length;
  return (
    tableOf(["NAME", "FROM", "BEFORE", "AFTER"], rows, bold) +
    (same > 0 ? `${dim(`${same} more stay as they are`)}\n` : "")
  );
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
