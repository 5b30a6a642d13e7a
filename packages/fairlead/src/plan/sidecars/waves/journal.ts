import { persistentEntries } from "@fairlead/apimachinery";
import type { Journal } from "../model/run.ts";
import type { Core } from "./core.ts";

/** What survives, from what is known: workloads by key. */
export function journalOf(core: Pick<Core, "revision" | "pauses" | "entries" | "history" | "run">): Journal {
  const entries = [...persistentEntries(core.entries)].sort(([a], [b]) => (a < b ? -1 : 1));
  const { revision, pauses, history, run } = core;
  // `fromEntries` makes own properties, whatever the names are.
  return { version: 1, revision, pauses, workloads: Object.fromEntries(entries), history, run };
}
