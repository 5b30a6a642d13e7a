import { Registry } from "prom-client";
import { metricTable } from "./metric-table.ts";

/** How a reconcile can end. */
export const results = ["done", "after", "error", "terminal", "aborted"] as const;
export type Result = (typeof results)[number];

/** Read when the metrics are asked for. */
export interface Observed {
  queues(): readonly { readonly controller: string; readonly depth: number; readonly oldestMs: number }[];
  clusters(): readonly { readonly name: string; readonly connected: boolean; readonly staleMs: number }[];
  leading(): boolean;
  eventsDropped(): number;
}

export interface Metrics {
  readonly registry: Registry;
  reconciled(controller: string, result: Result, seconds: number): void;
  waited(controller: string, seconds: number): void;
}

const fast = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * The runtime's metrics. Labels are names of controllers, results and clusters, never of objects; each series is there
 * from the start, so that an alert sees a zero instead of nothing.
 */
export function createMetrics(controllers: readonly string[], observed: Observed): Metrics {
  const registry = new Registry();
  const { counter, histogram, gauge } = metricTable(registry);
  const total = counter("fairlead_reconcile_total", "Reconciles by how they ended.", ["controller", "result"]);
  const errors = counter(
    "fairlead_reconcile_errors_total",
    "Reconciles that failed, whether they are tried again or not.",
    ["controller"],
  );
  const duration = histogram("fairlead_reconcile_duration_seconds", "How long reconciles took.", fast, ["controller"]);
  const waiting = histogram(
    "fairlead_queue_wait_seconds",
    "How long keys waited from the event to the reconcile, without delays that were asked for.",
    fast,
    ["controller"],
  );
  gauge("fairlead_queue_depth", "Keys that wait for a worker.", ["controller"], (it) => {
    for (const { controller, depth } of observed.queues()) it.set({ controller }, depth);
  });
  gauge("fairlead_queue_oldest_seconds", "How long the key at the front has waited.", ["controller"], (it) => {
    for (const { controller, oldestMs } of observed.queues()) it.set({ controller }, oldestMs / 1000);
  });
  gauge("fairlead_clusters", "Clusters that are managed.", [], (it) => it.set(observed.clusters().length));
  gauge("fairlead_clusters_connected", "Clusters whose view is complete and current.", [], (it) =>
    it.set(observed.clusters().filter(({ connected }) => connected).length),
  );
  gauge(
    "fairlead_informer_stale_seconds",
    "Since when the oldest view of a cluster may be behind.",
    ["cluster"],
    (it) => {
      for (const { name, staleMs } of observed.clusters()) it.set({ cluster: name }, staleMs / 1000);
    },
  );
  gauge("fairlead_leader", "1 while this process leads.", [], (it) => it.set(observed.leading() ? 1 : 0));
  gauge("fairlead_events_dropped", "Events that could not be written.", [], (it) => it.set(observed.eventsDropped()));

  for (const controller of controllers) {
    for (const result of results) total.inc({ controller, result }, 0);
    errors.inc({ controller }, 0);
    duration.zero({ controller });
    waiting.zero({ controller });
  }
  return {
    registry,
    reconciled(controller, result, seconds) {
      total.inc({ controller, result });
      if (result === "error" || result === "terminal") errors.inc({ controller });
      duration.observe({ controller }, seconds);
    },
    waited: (controller, seconds) => waiting.observe({ controller }, seconds),
  };
}
