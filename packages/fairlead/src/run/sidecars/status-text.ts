import type { Progress, RunRow } from "../../plan/sidecars/model/run.ts";
import type { SidecarCluster } from "./sidecars-model.ts";
import type { InjectorStatus } from "./oracle/oracle.ts";

/** What a running controller says of itself, for `sidecars status`. */
export interface PublishedStatus {
  readonly version: 1;
  /** The process that wrote it. */
  readonly instance: string;
  readonly progress: Progress;
  readonly clusters: readonly Omit<SidecarCluster, "staleMs">[];
  readonly injectors: readonly InjectorStatus[];
  /** The most interesting first; `more`: how many are left out. */
  readonly rows: readonly RunRow[];
  readonly more: number;
}

const mostRows = 200;
/** A ConfigMap holds 1 MiB, most of which is the journal's. */
const mostBytes = 64 << 10;

const interest: readonly RunRow["state"][] = [
  "restarting",
  "settling",
  "failed",
  "broken",
  "blocked",
  "waiting",
  "unknown",
  "reported",
  "done",
];

/** As JSON that fits into a ConfigMap beside the journal. The same text as long as nothing changed. */
export function statusText(status: Omit<PublishedStatus, "version" | "more">): string {
  const clusters = status.clusters.map(({ name, region, state, problem }) => ({ name, region, state, problem }));
  const sorted = status.rows
    .map((row, index) => ({ row, index, rank: interest.indexOf(row.state) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ row }) => row);
  for (let count = Math.min(mostRows, sorted.length); ; count = count >> 1) {
    const rows = sorted.slice(0, count);
    const text = JSON.stringify({ version: 1, ...status, clusters, rows, more: sorted.length - rows.length });
    if (text.length <= mostBytes || count === 0) return text;
  }
}

/** Undefined: it cannot be read, or is of another version. */
export function readStatusText(text: string): PublishedStatus | undefined {
  try {
    const status = JSON.parse(text) as PublishedStatus;
    return status.version === 1 ? status : undefined;
  } catch {
    return undefined;
  }
}
