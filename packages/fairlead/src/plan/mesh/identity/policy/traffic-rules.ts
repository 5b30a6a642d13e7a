import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { integer, shown, text } from "../../../shared/read.ts";
import { meshFinding } from "../../findings.ts";
import type { PolicyFact } from "../../model/facts.ts";
import type { OutlierSettings } from "../../model/settings.ts";
import { policyRef } from "../refs.ts";
import { outlierOf } from "./outlier.ts";

/** One item of `policy` of a GlobalTrafficPolicy. */
export interface TrafficRule {
  readonly policy: PolicyFact;
  readonly prefix: string;
  /** The deprecated `dns`. */
  readonly dns: string;
  readonly type: "TOPOLOGY" | "FAILOVER";
  readonly targets: readonly RegionTarget[];
  readonly outlier: Partial<OutlierSettings> | undefined;
}

export interface RegionTarget {
  readonly region: string;
  readonly weight: number;
}

const most = 100;

/** The rules of a policy in their order. What cannot be read is a finding. */
export function trafficRulesOf(policy: PolicyFact): {
  readonly rules: readonly TrafficRule[];
  readonly findings: readonly Finding[];
} {
  const findings: Finding[] = [];
  const problem = (message: string, ...field: (string | number)[]) =>
    findings.push(meshFinding("FL810", { message, object: policyRef(policy), field: ["spec", "policy", ...field] }));
  const rules: TrafficRule[] = [];
  for (const [at, item] of list(get(policy.spec, "policy")).slice(0, most).entries()) {
    if (!isObject(item)) continue;
    const written = get(item, "lbType") ?? get(item, "lbtype");
    const type = lbTypeOf(written);
    if (type === undefined)
      problem(`lbType ${shown(written)} is neither TOPOLOGY nor FAILOVER: TOPOLOGY is taken`, at, "lbType");
    if (item["lbType"] === undefined && item["lbtype"] !== undefined) {
      problem("lbtype is read as lbType: definitions other than ours drop it", at, "lbtype");
    }
    if (written === undefined && list(get(item, "target")).length > 0) {
      // What is left in a cluster of a policy with `lbtype`, whose own definition has no such field.
      const why = "there is no lbType, so TOPOLOGY holds and target has no effect";
      problem(`${why}: a cluster's own definition may have dropped a misspelled lbtype`, at, "target");
    }
    const targets: RegionTarget[] = [];
    for (const [index, target] of list(get(item, "target")).slice(0, most).entries()) {
      const region = text(get(target, "region"));
      const weight = integer(get(target, "weight") ?? 0);
      if (region === undefined) problem("a target names no region", at, "target", index, "region");
      else if (weight === undefined || weight < 0) {
        problem(
          `weight ${shown(get(target, "weight"))} of region ${region} is no share`,
          at,
          "target",
          index,
          "weight",
        );
      } else targets.push({ region, weight });
    }
    rules.push({
      policy,
      prefix: text(get(item, "dnsPrefix")) ?? "default",
      dns: text(get(item, "dns")) ?? "",
      type: type ?? "TOPOLOGY",
      targets,
      outlier: outlierOf(get(item, "outlier_detection") ?? get(item, "outlierDetection")),
    });
  }
  return { rules, findings };
}

function lbTypeOf(value: JsonValue | undefined): "TOPOLOGY" | "FAILOVER" | undefined {
  if (value === undefined || value === null || value === 0) return "TOPOLOGY";
  if (value === 1) return "FAILOVER";
  const name = typeof value === "string" ? value.toUpperCase() : "";
  return name === "TOPOLOGY" || name === "FAILOVER" ? name : undefined;
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
