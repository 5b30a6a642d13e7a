import { Registry } from "prom-client";
import type { RunRow } from "../../plan/sidecars/model/run.ts";
import type { ClusterView } from "../../plan/sidecars/model/view.ts";
import { metricTable } from "../metric-table.ts";
import type { InjectorStatus } from "./oracle/oracle.ts";

/** Read when the metrics are asked for. */
export interface SidecarsObserved {
  clusters(): readonly { readonly name: string; readonly state: ClusterView["state"]; readonly staleMs: number }[];
  injectors(): readonly InjectorStatus[];
  rows(): readonly RunRow[];
  workloads(): number;
  queue(): number;
  paused(): boolean;
  leading(): boolean;
  eventsDropped(): number;
}

export interface SidecarsMetrics {
  readonly registry: Registry;
  stepped(seconds: number): void;
  decided(seconds: number): void;
  asked(by: "injector" | "dry-run", outcome: "answered" | "failed", seconds: number): void;
  acted(way: "restart" | "evict", outcome: (typeof outcomes)[number]): void;
  journaled(outcome: "written" | "lost" | "failed"): void;
}

const states = ["current", "stale", "unread", "paused"] as const;
const phases = ["rolling", "probing", "serving", "failed"] as const;
const rowStates: readonly RunRow["state"][] = [
  "waiting",
  "blocked",
  "restarting",
  "settling",
  "done",
  "failed",
  "broken",
  "reported",
  "unknown",
];
const outcomes = ["written", "gone", "held", "changed", "refused", "unsure"] as const;
const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** The predecessor's controller, in the metrics of the library that it is built with. */
const controller = "istio_change";
const lease = "71f32f9d.fortsa.scaffidi.net";

/**
 * The sidecars' metrics. Labels are states, outcomes and names of clusters, never of workloads or namespaces. The
 * predecessor has no metrics of its own: those of its library that alerts look at are kept under their names.
 */
export function createSidecarsMetrics(observed: SidecarsObserved): SidecarsMetrics {
  const registry = new Registry();
  const { counter, histogram, gauge } = metricTable(registry);
  const decided = histogram(
    "fairlead_sidecars_decide_seconds",
    "How long it took to decide the workloads of one turn.",
    fast,
  );
  const stepped = histogram("fairlead_sidecars_step_seconds", "How long it took to decide what to do next.", fast);
  const asked = counter("fairlead_sidecars_questions_total", "Questions put to injectors, by the way and outcome.", [
    "by",
    "outcome",
  ]);
  const answering = histogram("fairlead_sidecars_question_seconds", "How long questions took.", fast);
  const restarts = counter(
    "fairlead_sidecars_restarts_total",
    "Requests that restart workloads or evict pods, by outcome.",
    ["way", "outcome"],
  );
  const journaled = counter(
    "fairlead_sidecars_journal_writes_total",
    "Writes of the journal's ConfigMap, by outcome.",
    ["outcome"],
  );
  const reconciles = counter("controller_runtime_reconcile_total", "Decisions of what to do next, by outcome.", [
    "controller",
    "result",
  ]);
  const errors = counter("controller_runtime_reconcile_errors_total", "Restarts that failed.", ["controller"]);
  const reconcileTime = histogram(
    "controller_runtime_reconcile_time_seconds",
    "How long it took to decide what to do next.",
    fast,
    ["controller"],
  );
  gauge("fairlead_sidecars_clusters", "Clusters by how well they are known.", ["view"], (it) => {
    for (const view of states) it.set({ view }, observed.clusters().filter(({ state }) => state === view).length);
  });
  gauge(
    "fairlead_sidecars_cluster_stale_seconds",
    "How long the view of a cluster may be behind.",
    ["cluster"],
    (it) => {
      for (const { name, staleMs } of observed.clusters()) it.set({ cluster: name }, staleMs / 1000);
    },
  );
  gauge("fairlead_sidecars_injectors", "Injectors by what is known of them.", ["state"], (it) => {
    for (const state of phases) it.set({ state }, observed.injectors().filter(({ phase }) => phase === state).length);
  });
  gauge("fairlead_sidecars_workloads", "Workloads that an injector is concerned with.", [], (it) =>
    it.set(observed.workloads()),
  );
  gauge("fairlead_sidecars_run_workloads", "Workloads of the run by state.", ["state"], (it) => {
    const counts = new Map<string, number>();
    for (const { state } of observed.rows()) counts.set(state, (counts.get(state) ?? 0) + 1);
    for (const state of rowStates) it.set({ state }, counts.get(state) ?? 0);
  });
  gauge("fairlead_sidecars_pods_outdated", "Outdated pods of the run.", [], (it) =>
    it.set(observed.rows().reduce((sum, { pods }) => sum + pods.outdated, 0)),
  );
  gauge("fairlead_sidecars_paused", "1 while everything is paused.", [], (it) => it.set(observed.paused() ? 1 : 0));
  gauge("fairlead_sidecars_leader", "1 while this process restarts.", [], (it) => it.set(observed.leading() ? 1 : 0));
  gauge("fairlead_sidecars_events_dropped", "Events that could not be written.", [], (it) =>
    it.set(observed.eventsDropped()),
  );
  gauge("workqueue_depth", "Workloads that wait to be decided.", ["name", "controller"], (it) =>
    it.set({ name: controller, controller }, observed.queue()),
  );
  gauge("controller_runtime_max_concurrent_reconciles", "Always 1.", ["controller"], (it) => it.set({ controller }, 1));
  gauge("leader_election_master_status", "1 while this process restarts.", ["name"], (it) =>
    it.set({ name: lease }, observed.leading() ? 1 : 0),
  );

  for (const by of ["injector", "dry-run"]) for (const outcome of ["answered", "failed"]) asked.inc({ by, outcome }, 0);
  for (const way of ["restart", "evict"]) for (const outcome of outcomes) restarts.inc({ way, outcome }, 0);
  for (const outcome of ["written", "lost", "failed"]) journaled.inc({ outcome }, 0);
  for (const result of ["success", "error", "requeue", "requeue_after"]) reconciles.inc({ controller, result }, 0);
  errors.inc({ controller }, 0);
  reconcileTime.zero({ controller });

  return {
    registry,
    stepped(seconds) {
      stepped.observe(seconds);
      reconciles.inc({ controller, result: "success" });
      reconcileTime.observe({ controller }, seconds);
    },
    decided: (seconds) => decided.observe(seconds),
    asked(by, outcome, seconds) {
      asked.inc({ by, outcome });
      answering.observe(seconds);
    },
    acted(way, outcome) {
      restarts.inc({ way, outcome });
      if (outcome !== "refused" && outcome !== "unsure") return;
      reconciles.inc({ controller, result: "error" });
      errors.inc({ controller });
    },
    journaled: (outcome) => journaled.inc({ outcome }),
  };
}
