import { compareText, equal, get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { PolicyReport } from "../../../plan/mesh/model/plan.ts";

/** What became of one policy or Dependency in all that was planned because of it. */
export interface Outcome {
  readonly accepted: boolean;
  readonly generation: number;
  readonly reason: string;
  readonly message: string;
  readonly hosts: readonly string[];
  readonly clusters: readonly { readonly name: string; readonly conflicts: readonly string[] }[];
  /** Clusters from which the endpoints come. */
  readonly sources: readonly string[];
  /** Of a ServiceExport: in what it and those of other clusters differ. */
  readonly conflict?: string;
}

/** How many hosts and clusters a status names; what is beyond is counted in the message. */
const most = 100;
const longestMessage = 1_024;

export interface OutcomeParts {
  /** What is wrong in a cluster with what a key writes there. */
  conflicts(key: string, cluster: string): readonly string[];
  /** The clusters where what a key is about runs. */
  sources(key: string): readonly string[];
}

/** Several keys may report on one object: it is accepted if any of them took it. */
export function outcomeOf(
  reports: ReadonlyMap<string, PolicyReport>,
  { conflicts, sources }: OutcomeParts,
): Outcome | undefined {
  const sorted = [...reports].sort(([a], [b]) => compareText(a, b));
  const accepted = sorted.filter(([, report]) => report.accepted);
  const counted = accepted.length > 0 ? accepted : sorted;
  const first = counted[0]?.[1];
  if (first === undefined) return undefined;
  const hosts = unique(counted.flatMap(([, report]) => report.hosts));
  const names = unique(counted.flatMap(([, report]) => report.clusters));
  const clusters = names.slice(0, most).map((name) => ({
    name,
    conflicts: unique(counted.flatMap(([key]) => conflicts(key, name))).slice(0, 10),
  }));
  const rest = [hosts.length > most && `${hosts.length} hosts`, names.length > most && `${names.length} clusters`];
  const more = rest.filter((one) => one !== false).join(", ");
  const message = `${first.message}${more === "" ? "" : ` (${more} in all)`}`.slice(0, longestMessage);
  const { generation, reason } = first;
  const from = unique(accepted.flatMap(([key]) => sources(key))).slice(0, most);
  return {
    accepted: accepted.length > 0,
    generation,
    reason,
    message,
    hosts: hosts.slice(0, most),
    clusters,
    sources: from,
    ...(first.conflict !== undefined && { conflict: first.conflict }),
  };
}

/**
 * The status to write at a time (ms since the epoch), as kstatus reads it; undefined if the object says so already.
 * https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export function policyStatus(object: KrmObject, outcome: Outcome, now: number): JsonObject | undefined {
  const { accepted, generation, hosts, clusters, sources } = outcome;
  const conflicting = clusters.filter((one) => one.conflicts.length > 0);
  const ready: Told =
    !accepted || conflicting.length === 0
      ? { status: accepted ? "True" : "False", reason: outcome.reason, message: outcome.message }
      : { status: "False", reason: "Conflict", message: conflicting[0]!.conflicts[0]!.slice(0, longestMessage) };
  const before = get(get(object, "status"), "conditions");
  const condition = (type: string, told: Told): JsonObject => {
    const old = (Array.isArray(before) ? before : []).find((one) => isObject(one) && one["type"] === type);
    const since = get(old, "status") === told.status ? get(old, "lastTransitionTime") : undefined;
    const time = typeof since === "string" ? since : `${new Date(now).toISOString().slice(0, 19)}Z`;
    return { type, ...told, observedGeneration: generation, lastTransitionTime: time };
  };
  const status: JsonObject = {
    observedGeneration: generation,
    conditions: [
      condition("Ready", ready),
      ...(ready.status === "True" ? [] : [condition("Stalled", { ...ready, status: "True" })]),
    ],
    hosts: [...hosts],
    ...(sources.length > 0 && { sources: [...sources] }),
    clusters: clusters.map(({ name, conflicts }) => ({
      name,
      ...(conflicts.length > 0 && { conflicts: [...conflicts] }),
    })),
  };
  return isSaid(object, status) ? undefined : status;
}

interface Told {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** Whether an object's status says this already. Fields of others are theirs; ours that are empty may be absent. */
export function isSaid(object: KrmObject, status: JsonObject): boolean {
  const said = get(object, "status");
  const ours = (value: JsonValue | undefined): JsonValue[] =>
    (Array.isArray(value) ? value : []).filter((one) => ["Ready", "Stalled"].includes(textOf(get(one, "type"))));
  const byType = (a: JsonValue, b: JsonValue): number => compareText(textOf(get(a, "type")), textOf(get(b, "type")));
  return (
    get(said, "observedGeneration") === status["observedGeneration"] &&
    equal(ours(get(said, "conditions")).sort(byType), ours(status["conditions"]).sort(byType)) &&
    ["hosts", "clusters", "sources"].every((part) => equal(get(said, part) ?? [], status[part] ?? []))
  );
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareText);
}
