import { compareText } from "@fairlead/apimachinery";
import type { RunAction, RunInput, RunState, RunStep } from "../model/run.ts";
import type { Run } from "./core.ts";
import { closeDraft, flushQueues, itemOf, openDraft, wake, type Draft } from "./draft.ts";
import { fail, tripBreaker } from "./failures.ts";
import { goOn } from "./go-on.ts";
import { judgeFlights } from "./judge.ts";
import { observe, stillOutdated } from "./observe.ts";
import { prune } from "./prune.ts";
import { takeEvents } from "./results.ts";
import { runOf } from "./run-of.ts";
import { endRun, join, rewind } from "./stages.ts";
import { forgetGone, takeClusters, takeSettings, wakeUp } from "./take-input.ts";

/**
 * One step of a run. Pure: the same state and input give the same step, and a state may be stepped from as often as one
 * likes. Its work grows with what changed, what is under way, and what waits and could start.
 */
export function step(state: RunState, input: RunInput): RunStep {
  const { core } = state as Run;
  const draft = openDraft(core, input);
  takeSettings(draft, core);
  takeClusters(draft);
  if (core.now === undefined) wakeUp(draft);
  takeEvents(draft);
  observe(draft, core.now === undefined ? undefined : input.changed);
  forgetGone(draft, core);
  breakWaiting(draft);
  judgeFlights(draft);
  rewind(draft);
  tripBreaker(draft);
  join(draft);
  flushQueues(draft);
  goOn(draft);
  endRun(draft);
  prune(draft);
  return closeStep(draft);
}

/** Old pods that were never replaced after a restart that no journal tells of. */
function breakWaiting(draft: Draft): void {
  for (const key of [...draft.breaking].sort()) {
    const item = itemOf(draft, key);
    if (item?.decision?.kind !== "outdated" || item.wait === undefined) continue;
    if (draft.mono < item.wait.until) wake(draft, item.wait.until);
    else fail(draft, item, "broken", item.decision.target, stillOutdated(item.decision));
  }
}

/** Of several journals the shell writes the last: each is put together when somebody reads it. */
function journalAction(state: RunState): RunAction {
  return {
    kind: "journal",
    get journal() {
      return state.journal;
    },
  };
}

function byWorkload(a: RunAction, b: RunAction): number {
  return a.kind === "event" && b.kind === "event" ? compareText(a.workload.key, b.workload.key) : 0;
}

function closeStep(draft: Draft): RunStep {
  if (draft.dirty) draft.revision++;
  const state = runOf(closeDraft(draft));
  const inMs = Math.min(draft.wakeAt - draft.mono, draft.wakeClock - draft.now);
  return {
    state,
    actions: [...draft.events.sort(byWorkload), ...(draft.dirty ? [journalAction(state)] : []), ...draft.restarts],
    again: Number.isFinite(inMs) ? draft.now + Math.max(1, Math.ceil(inMs)) : undefined,
  };
}
