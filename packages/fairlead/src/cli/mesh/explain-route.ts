import { findingsToJson, hasErrors } from "@fairlead/krm";
import { trace, type Caller, type MeshNetwork, type MeshRequest, type Path } from "@fairlead/sim";
import { planFleet } from "../../plan/mesh/plan-fleet.ts";
import { exitCode, type CliContext } from "../context.ts";
import type { ClusterFlags } from "../cluster/flags.ts";
import { paint } from "../paint.ts";
import { refuse, report } from "../report.ts";
import { callersOf } from "./callers.ts";
import { meshCliFinding } from "./findings.ts";
import type { MeshFlags } from "./flags.ts";
import { isLost, networkOf } from "./network.ts";
import { openFleet } from "./open-fleet.ts";
import { requestOf } from "./request.ts";

export interface ExplainRouteFlags extends MeshFlags, ClusterFlags {
  readonly from?: string;
  readonly inCluster?: string;
  readonly output: "text" | "json";
}

interface Scenario {
  readonly what: string;
  readonly paths: readonly Path[];
}

/** `explain route --from IDENTITY --in CLUSTER URL`: where requests go, why, and where when something is lost. */
export async function explainRoute(
  context: CliContext,
  flags: ExplainRouteFlags,
  url: string | undefined,
): Promise<void> {
  const request = url === undefined ? undefined : requestOf(url);
  if (flags.from === undefined || request === undefined) {
    const message =
      flags.from === undefined
        ? "--from is missing"
        : url === undefined
          ? "the URL is missing"
          : `${JSON.stringify(url)} is no URL`;
    const hint = "write `fairlead explain route --from cart --cluster paris http://prd.orders.global/`";
    refuse(context, meshCliFinding("FL836", { message, hint }));
    context.process.exitCode = exitCode.misuse;
    return;
  }
  const opened = await openFleet(context, flags);
  if (opened === undefined) return;
  const quiet = flags.quiet === true;
  if (hasErrors(opened.findings)) return void report(context, opened.findings, opened.files, quiet);
  const plan = planFleet(opened.fleet, opened.stores, context.clock?.now() ?? Date.now());
  const callers = callersOf(plan.fleet, flags.from, flags.inCluster);
  if (callers.length === 0) {
    const where = flags.inCluster === undefined ? "" : ` in cluster ${flags.inCluster}`;
    const message = `nothing with the identity ${JSON.stringify(flags.from)} runs${where}`;
    const hint = "name an identity, or NAMESPACE/WORKLOAD; `fairlead mesh status` lists what there is";
    return refuse(context, meshCliFinding("FL836", { message, hint }));
  }
  const network = networkOf(opened, plan);
  const results = callers.map((caller) => ({ caller, scenarios: scenariosOf(network, caller, request) }));
  report(context, [...opened.findings, ...plan.findings], opened.files, true);
  if (flags.output === "json") {
    const routes = results.map(({ caller, scenarios }) => ({ caller, scenarios }));
    const { findings } = findingsToJson(plan.findings);
    context.process.stdout.write(`${JSON.stringify({ schemaVersion: 1, request, routes, findings }, null, 2)}\n`);
  } else for (const one of results) context.process.stdout.write(shown(flags.from, request, one, context.color.stdout));
  const isServed = results.every(({ scenarios }) => scenarios[0]!.paths.every(({ failure }) => failure === undefined));
  if (!isServed) context.process.exitCode = exitCode.findings;
}

/** As it is; then without each region and each cluster that takes part in it. */
function scenariosOf(network: MeshNetwork, caller: Caller, request: MeshRequest): readonly Scenario[] {
  const now = trace(network, caller, request, () => false);
  const regions = new Set<string>();
  const clusters = new Set<string>();
  for (const { hops } of now) {
    for (const { locality } of hops) if (locality !== "") regions.add(locality.split("/")[0]!);
    const last = hops.at(-1);
    if (last !== undefined) clusters.add(last.cluster);
  }
  const without = (what: string, lost: { regions?: readonly string[]; clusters?: readonly string[] }): Scenario => ({
    what,
    paths: trace(network, caller, request, isLost(network, { regions: [], clusters: [], ...lost })),
  });
  return [
    { what: "", paths: now },
    ...[...regions].sort().map((region) => without(`region ${region} is lost`, { regions: [region] })),
    ...[...clusters].sort().map((cluster) => without(`cluster ${cluster} is lost`, { clusters: [cluster] })),
  ];
}

function shown(
  from: string,
  request: MeshRequest,
  { caller, scenarios }: { readonly caller: Caller; readonly scenarios: readonly Scenario[] },
  color: boolean,
): string {
  const { bold, dim, red } = paint(color);
  const lines = [
    bold(
      `http://${request.host}${request.port === 80 ? "" : `:${request.port}`}${request.path} from ${from} in ${caller.cluster} (${caller.locality || "no region"})`,
    ),
  ];
  for (const { what, paths } of scenarios) {
    if (what !== "") lines.push(`If ${what}:`);
    for (const { share, hops, failure } of merged(paths)) {
      const percent = `${Math.round(share * 100)} %`.padStart(7);
      const way = hops.map(({ cluster, address, addressPort }) => `${cluster} → ${address}:${addressPort}`).join(" → ");
      lines.push(`${percent}  ${way}${failure === undefined ? "" : red(`${way === "" ? "" : " "}✗ ${failure}`)}`);
      // Why is said once: losing something changes no object.
      if (what === "")
        for (const hop of hops) for (const object of hop.by) lines.push(dim(`         ${hop.cluster}: ${object}`));
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Routes that lead the same way are one to people. */
function merged(paths: readonly Path[]): readonly Path[] {
  const found = new Map<string, Path>();
  for (const path of paths) {
    const way = path.hops.map(({ cluster, address, addressPort }) => `${cluster} ${address} ${addressPort}`).join(",");
    const key = `${way} ${path.failure ?? ""}`;
    const known = found.get(key);
    found.set(key, known === undefined ? path : { ...known, share: known.share + path.share });
  }
  return [...found.values()];
}
