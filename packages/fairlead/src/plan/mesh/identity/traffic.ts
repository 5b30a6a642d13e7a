import { compareText, get } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { PolicyFact } from "../model/facts.ts";
import type { Backend, LocalityIntent, TrafficIntent } from "../model/intent.ts";
import type { MeshSettings, OutlierSettings } from "../model/settings.ts";
import { percentages } from "../write/weights.ts";
import type { Connections } from "./policy/connection.ts";
import { outlierOf } from "./policy/outlier.ts";
import type { RegionTarget, TrafficRule } from "./policy/traffic-rules.ts";
import { policyRef } from "./refs.ts";

/** The policies that shape the traffic of an environment, besides its traffic rule. */
export interface TrafficInput {
  readonly outlier: PolicyFact | undefined;
  readonly connections: Connections;
  readonly slowStartSeconds: number | undefined;
  /** The region of the oldest workload. */
  readonly oldestRegion: string;
}

export function trafficOf(
  rule: TrafficRule | undefined,
  backends: readonly Backend[],
  input: TrafficInput,
  settings: MeshSettings,
): { readonly traffic: TrafficIntent; readonly findings: readonly Finding[] } {
  const { locality, findings } = localityOf(rule, backends, input.oldestRegion, settings);
  const asked = outlierOfPolicy(input.outlier) ?? rule?.outlier;
  return {
    traffic: {
      locality,
      outlier: outlierSettings(asked, settings),
      outlierAsked: asked !== undefined,
      connectionPool: input.connections.pool,
      tunnel: input.connections.tunnel,
      warmupSeconds:
        settings.writing.marks === "fairlead"
          ? (input.slowStartSeconds ?? settings.traffic.warmupSeconds)
          : settings.traffic.warmupSeconds,
      slowStartSeconds: input.slowStartSeconds,
    },
    findings,
  };
}

function outlierOfPolicy(policy: PolicyFact | undefined): Partial<OutlierSettings> | undefined {
  return outlierOf(get(policy?.spec, "outlier_config") ?? get(policy?.spec, "outlierConfig"));
}

function outlierSettings(
  asked: Partial<OutlierSettings> | undefined,
  { traffic }: MeshSettings,
): OutlierSettings | undefined {
  if (asked === undefined && traffic.outlierOnlyIfAsked) return undefined;
  return { ...traffic.outlier, ...asked };
}

function localityOf(
  rule: TrafficRule | undefined,
  backends: readonly Backend[],
  oldestRegion: string,
  { traffic }: MeshSettings,
): { readonly locality: LocalityIntent; readonly findings: readonly Finding[] } {
  if (traffic.failover === "distribute") return { locality: asWritten(rule), findings: [] };
  if (rule === undefined) {
    if (traffic.activePassive) return { locality: oldestFirst(backends, oldestRegion), findings: [] };
    return { locality: { kind: traffic.preferLocal ? "nearest" : "none" }, findings: [] };
  }
  if (rule.type === "TOPOLOGY" || rule.targets.length === 0) return { locality: { kind: "nearest" }, findings: [] };

  const findings: Finding[] = [];
  const problem = (message: string) =>
    findings.push(meshFinding("FL810", { message, object: policyRef(rule.policy), field: ["spec", "policy"] }));
  const served = new Set(backends.map(({ region }) => region));
  const known: RegionTarget[] = [];
  for (const target of rule.targets) {
    if (known.some(({ region }) => region === target.region))
      problem(`region ${target.region} stands twice under ${rule.prefix}: the first counts`);
    else if (served.has(target.region)) known.push(target);
    else problem(`nothing runs in region ${target.region}, which ${rule.prefix} names: its share goes to the others`);
  }
  const sum = rule.targets.reduce((all, { weight }) => all + weight, 0);
  if (sum !== 100) problem(`the weights of ${rule.prefix} add up to ${sum}: they are scaled to 100`);
  if (known.every(({ weight }) => weight === 0)) {
    // Standbys alone: the first of them is the best there is.
    const [best, ...rest] = known;
    if (best === undefined) return { locality: { kind: "nearest" }, findings };
    return { locality: { kind: "regions", targets: [{ ...best, weight: 100 }, ...rest] }, findings };
  }
  const shares = percentages(known.map(({ weight }) => weight));
  const targets = known.map(({ region }, at) => ({ region, weight: shares[at]! }));
  return { locality: { kind: "regions", targets }, findings };
}

/** What the predecessor makes of a rule: one without targets says nothing. */
function asWritten(rule: TrafficRule | undefined): LocalityIntent {
  if (rule === undefined || rule.targets.length === 0) return { kind: "none" };
  return rule.type === "TOPOLOGY" ? { kind: "nearest" } : { kind: "regions", targets: rule.targets };
}

/** The region of the oldest workload serves; the others stand by. */
function oldestFirst(backends: readonly Backend[], oldest: string): LocalityIntent {
  const others = new Set(backends.map(({ region }) => region).filter((region) => region !== "" && region !== oldest));
  if (oldest === "" || others.size === 0) return { kind: "nearest" };
  const standbys = [...others].sort(compareText).map((region) => ({ region, weight: 0 }));
  return { kind: "regions", targets: [{ region: oldest, weight: 100 }, ...standbys] };
}
