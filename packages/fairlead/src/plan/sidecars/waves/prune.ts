import { persistentEntries } from "@fairlead/apimachinery";
import type { WorkloadKey } from "../model/decision.ts";
import type { JournalEntry } from "../model/run.ts";
import { itemOf, setItem, type Draft } from "./draft.ts";

/** Entries of the journal that are over: as many as a ConfigMap holds with ease. */
export const mostFinished = 3000;

/**
 * Leaves away what is of no use any more, whenever the journal is written: ends of rollouts after the cooldown, for the mark
 * on the template tells what it was restarted for. Evictions leave no mark, so their entries stay while there is room.
 */
export function prune(draft: Draft): void {
  if (!draft.dirty) return;
  const { cooldownMs } = draft.rules.settings.restart;
  const finished: [WorkloadKey, JournalEntry][] = [];
  for (const [key, entry] of persistentEntries(draft.entries)) {
    if (entry.state === "restarting" || entry.state === "held") continue;
    finished.push([key, entry]);
  }
  let kept = 0;
  finished.sort(([a, x], [b, y]) => (y.endedAt ?? 0) - (x.endedAt ?? 0) || (a < b ? -1 : 1));
  for (const [key, entry] of finished) {
    const item = itemOf(draft, key);
    if (item === undefined) continue;
    const cool = item.endedAt === undefined || draft.mono >= item.endedAt + cooldownMs;
    const marked = entry.evicted === undefined && item.decision?.kind === "current";
    if ((entry.state === "done" && cool && marked) || kept >= mostFinished)
      setItem(draft, { ...item, entry: undefined });
    else kept++;
  }
}
