import { compareText } from "@fairlead/apimachinery";
import type { Workload } from "../../plan/sidecars/model/decision.ts";
import type { HistoryEntry, JournalEntry, Progress, RunRow } from "../../plan/sidecars/model/run.ts";
import { tableOf } from "../mesh/table.ts";
import { paint } from "../paint.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Rows of a plan or a run as a table: what, from which proxy to which, why, when. */
export function rowsTable(rows: readonly RunRow[], color: boolean): string {
  const several = new Set(rows.map(({ workload }) => workload.cluster)).size > 1;
  const head = [...(several ? ["CLUSTER"] : []), "WORKLOAD", "STATE", "WAVE", "PODS", "FROM", "TO", "WHY", "WAITS FOR"];
  const lines = rows.map((row) => [
    ...(several ? [row.workload.cluster] : []),
    `${row.workload.namespace}/${row.workload.kind.toLowerCase()}/${row.workload.name}`,
    row.state,
    row.wave,
    `${row.pods.outdated}/${row.pods.total}`,
    short(row.from),
    short(row.to),
    row.why.map((one) => (one === `image ${row.from} → ${row.to}` ? "image" : one)).join(", "),
    row.reason,
  ]);
  return tableOf(head, lines, paint(color).bold);
}

export function excludedTable(
  excluded: readonly { readonly workload: Workload; readonly reason: string }[],
  color: boolean,
): string {
  const lines = excluded.map(({ workload: { cluster, namespace, kind, name }, reason }) => [
    cluster,
    `${namespace}/${kind.toLowerCase()}/${name}`,
    reason,
  ]);
  lines.sort(([a = "", b = ""], [c = "", d = ""]) => compareText(a, c) || compareText(b, d));
  return tableOf(["CLUSTER", "EXCLUDED", "REASON"], lines, paint(color).bold);
}

/** An image without its registry, as long as it is told from the other. */
function short(text: string): string {
  const name = text.replace(/^[^@]*\//, "");
  return name.replace(/@sha256:([0-9a-f]{12})[0-9a-f]+$/, "@$1");
}

/** `12 of 40 done, 3 under way, 1 failed; wave canary; about 6 min left`. */
export function progressLine(progress: Progress, now: number): string {
  const { total, done, underWay, waiting, failed, reported, paused, wave, eta } = progress;
  const counts = [
    `${done} of ${total} done`,
    ...(underWay > 0 ? [`${underWay} under way`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(reported > 0 ? [`${reported} reported`] : []),
  ].join(", ");
  const parts = [
    total === 0 ? "everything is current" : counts,
    ...(wave === "" || total === 0 ? [] : [`wave ${wave}`]),
    ...(paused === "" ? [] : [`paused: ${paused}`]),
    ...(eta === undefined || eta <= now ? [] : [`about ${span(eta - now)} left`]),
  ];
  return parts.join("; ");
}

/** `45 s`, `12 min`, `3 h 5 min`. */
export function span(ms: number): string {
  if (ms < minute) return `${Math.max(1, Math.round(ms / 1000))} s`;
  const minutes = Math.round(ms / minute);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `12 s ago`, `3 h ago`, and a date where that is long ago. */
export function ago(at: number | undefined, now: number): string {
  if (at === undefined) return "";
  return now - at < 48 * hour
    ? `${span(Math.max(0, now - at))} ago`
    : new Date(at).toISOString().slice(0, 16).replace("T", " ");
}

export function historyTables(
  history: readonly HistoryEntry[],
  workloads: readonly (readonly [key: string, entry: JournalEntry])[],
  now: number,
  color: boolean,
): string {
  const { bold, dim } = paint(color);
  if (history.length === 0 && workloads.length === 0) return `${dim("nothing was restarted yet")}\n`;
  const runs = history.map((run) => [
    ago(run.startedAt, now),
    run.endedAt === undefined ? "" : span(run.endedAt - run.startedAt),
    String(run.restarted),
    String(run.failed),
    run.reason,
  ]);
  const restarts = workloads.map(([key, entry]) => [
    key,
    entry.state,
    entry.wave,
    ago(entry.startedAt, now),
    entry.endedAt === undefined ? "" : span(entry.endedAt - entry.startedAt),
    entry.reason,
  ]);
  return [
    tableOf(["RUN", "TOOK", "RESTARTED", "FAILED", "REASON"], runs, bold),
    tableOf(["WORKLOAD", "STATE", "WAVE", "RESTARTED", "TOOK", "REASON"], restarts, bold),
  ]
    .filter((text) => text !== "")
    .join("\n");
}
