import type { Journal, Progress, RunRow } from "../model/run.ts";
import type { Core, Run } from "./core.ts";
import { journalOf } from "./journal.ts";
import { progressOf } from "./progress.ts";
import { rowsOf } from "./rows.ts";

/** What is shown of a core; worked out when somebody looks. */
export function runOf(core: Core): Run {
  let journal: Journal | undefined;
  let rows: readonly RunRow[] | undefined;
  let progress: Progress | undefined;
  return {
    core,
    get journal() {
      return (journal ??= journalOf(core));
    },
    get rows() {
      return (rows ??= rowsOf(core));
    },
    get progress() {
      return (progress ??= progressOf(core));
    },
  };
}
