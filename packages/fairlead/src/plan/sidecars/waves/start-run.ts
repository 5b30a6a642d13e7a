import type { Journal, RunState } from "../model/run.ts";
import type { SidecarSettings } from "../model/settings.ts";
import type { Core } from "./core.ts";
import { closeDraft, emptyCore, newItem, openDraft, setItem } from "./draft.ts";
import { runOf } from "./run-of.ts";
import { rulesOf } from "./rules.ts";

/**
 * A run as another process left it; without a journal a new one. What was under way is looked for in what is observed: see
 * `judgeFlights`. Its times become durations with the first step, which tells what time it is.
 */
export function startRun(journal: Journal | undefined, settings: SidecarSettings): RunState {
  const core = emptyCore(rulesOf(settings));
  if (journal === undefined) return runOf(core);
  const { revision, pauses, history, run } = journal;
  return runOf(withEntries({ ...core, revision, pauses, history, run }, journal));
}

function withEntries(core: Core, journal: Journal): Core {
  const draft = openDraft(core, {
    now: 0,
    monotonic: 0,
    settings: core.rules.settings,
    decisions: new Map(),
    changed: [],
    clusters: [],
    events: [],
  });
  for (const [key, entry] of Object.entries(journal.workloads)) {
    setItem(draft, { ...newItem(key), entry, target: entry.target, identity: entry.identity ?? "" });
  }
  return { ...closeDraft(draft), now: undefined };
}
