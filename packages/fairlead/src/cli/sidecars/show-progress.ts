import type { RunRow } from "../../plan/sidecars/model/run.ts";
import type { ProgressState } from "../progress/layout.ts";
import type { Progress } from "../progress/progress.ts";

const over: ReadonlySet<RunRow["state"]> = new Set(["done", "failed", "broken", "reported", "unknown"]);

/** Whether nothing more becomes of a row by itself. */
export const isOver = ({ state }: RunRow): boolean => over.has(state);

const shownAs: { readonly [State in RunRow["state"]]: ProgressState } = {
  waiting: "waiting",
  blocked: "waiting",
  restarting: "working",
  settling: "working",
  done: "done",
  failed: "failed",
  broken: "failed",
  reported: "waiting",
  unknown: "waiting",
};

/** The rows of a run as things that a command works on. */
export function showProgress(progress: Progress, rows: readonly RunRow[]): void {
  for (const { workload, state, reason, wave } of rows) {
    const said = reason === "" ? (state === "restarting" ? `wave ${wave}` : undefined) : reason;
    progress.update(workload.key, shownAs[state], said);
  }
}
