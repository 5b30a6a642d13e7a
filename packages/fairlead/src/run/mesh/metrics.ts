import { Registry } from "prom-client";
import type { ClusterView } from "../../plan/mesh/model/fleet.ts";
import { metricTable } from "../metric-table.ts";
import { verbs, type Verb } from "./write/take-step.ts";

export const writeOutcomes = ["ok", "conflict", "refused", "failed"] as const;
export type WriteOutcome = (typeof writeOutcomes)[number];

/** Kinds that have a series of their own; whatever else is written counts as `other`. */
const kinds = [
  "ServiceEntry",
  "DestinationRule",
  "VirtualService",
  "Sidecar",
  "EnvoyFilter",
  "AuthorizationPolicy",
  "ConfigMap",
  "status",
  "other",
] as const;

const views: readonly ClusterView[] = ["current", "stale", "unread", "paused"];

/** Read when the metrics are asked for. */
export interface MeshObserved {
  clusters(): readonly { readonly name: string; readonly view: ClusterView; readonly staleMs: number }[];
  /** Keys that wait to be planned, and keys that wait to be written in all clusters. */
  queues(): { readonly plan: number; readonly write: number; readonly oldestMs: number };
  keys(): number;
  findings(): { readonly error: number; readonly warning: number; readonly info: number };
  leading(): boolean;
  eventsDropped(): number;
}

export interface MeshMetrics {
  readonly registry: Registry;
  planned(seconds: number): void;
  wrote(verb: Verb, kind: string, outcome: WriteOutcome): void;
  /** From the change that made it necessary to the last write of a key. */
  synced(seconds: number): void;
}

const buckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * The mesh's metrics. Labels are kinds, verbs, outcomes and names of clusters, never identities, so that there are as
 * many series for ten services as for ten thousand.
 */
export function createMeshMetrics(observed: MeshObserved): MeshMetrics {
  const registry = new Registry();
  const { counter, histogram, gauge } = metricTable(registry);
  const planned = histogram(
    "fairlead_mesh_plan_seconds",
    "How long it took to plan one key.",
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1],
  );
  const synced = histogram(
    "fairlead_mesh_sync_seconds",
    "From the observed change to the end of the writes that it made necessary in one cluster.",
    buckets,
  );
  const writes = counter("fairlead_mesh_writes_total", "Requests that write, by kind, verb and outcome.", [
    "kind",
    "verb",
    "outcome",
  ]);
  gauge("fairlead_mesh_clusters_monitored", "Clusters that are registered.", [], (it) =>
    it.set(observed.clusters().length),
  );
  gauge("fairlead_mesh_clusters", "Registered clusters by how well they are known.", ["view"], (it) => {
    for (const view of views) it.set({ view }, observed.clusters().filter((one) => one.view === view).length);
  });
  gauge("fairlead_mesh_cluster_stale_seconds", "Since when the view of a cluster may be behind.", ["cluster"], (it) => {
    for (const { name, staleMs } of observed.clusters()) it.set({ cluster: name }, staleMs / 1000);
  });
  gauge("fairlead_mesh_keys", "Identities, namespaces and copies that are planned.", [], (it) =>
    it.set(observed.keys()),
  );
  gauge("fairlead_mesh_queue_depth", "Keys that wait.", ["queue"], (it) => {
    const { plan, write } = observed.queues();
    it.set({ queue: "plan" }, plan);
    it.set({ queue: "write" }, write);
  });
  gauge("fairlead_mesh_queue_oldest_seconds", "How long the key at the front has waited to be written.", [], (it) =>
    it.set(observed.queues().oldestMs / 1000),
  );
  gauge("fairlead_mesh_findings", "Findings of the current plan.", ["severity"], (it) => {
    for (const [severity, count] of Object.entries(observed.findings())) it.set({ severity }, count);
  });
  gauge("fairlead_mesh_leader", "1 while this process may write.", [], (it) => it.set(observed.leading() ? 1 : 0));
  gauge("fairlead_mesh_events_dropped", "Events that could not be written.", [], (it) =>
    it.set(observed.eventsDropped()),
  );

  for (const kind of kinds) {
    for (const verb of verbs) for (const outcome of writeOutcomes) writes.inc({ kind, verb, outcome }, 0);
  }
  const known: ReadonlySet<string> = new Set(kinds);
  return {
    registry,
    planned: (seconds) => planned.observe(seconds),
    synced: (seconds) => synced.observe(seconds),
    wrote: (verb, kind, outcome) => writes.inc({ kind: known.has(kind) ? kind : "other", verb, outcome }),
  };
}
