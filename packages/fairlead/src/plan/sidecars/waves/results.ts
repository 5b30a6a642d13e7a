import type { ActionResult, PauseScope, RunEvent } from "../model/run.ts";
import type { Flight, Item } from "./core.ts";
import { itemOf, tell, workloadOf, type Draft } from "./draft.ts";
import { fail, forgive, refusal } from "./failures.ts";
import { moveTo, revert } from "./judge.ts";
import { clusterOf, namespaceOf } from "../model/keys.ts";

const second = 1000;
/** Between attempts to evict a pod that a budget holds. */
export const heldMs = { first: 30 * second, last: 600 * second };
/** Between attempts to change an object that changes all the time. */
const changedMs = { first: second, last: 60 * second };

export function takeEvents(draft: Draft): void {
  for (const event of draft.input.events) takeEvent(draft, event);
}

function takeEvent(draft: Draft, event: RunEvent): void {
  switch (event.kind) {
    case "pause": {
      const others = draft.pauses.filter(({ scope, by }) => !(sameScope(scope, event.scope) && by === event.by));
      const { scope, by, reason } = event;
      draft.pauses = [...others, { scope, by, reason, at: draft.now }].slice(-mostPauses);
      draft.dirty = true;
      return;
    }
    case "resume": {
      const pauses = draft.pauses.filter(({ scope }) => !sameScope(scope, event.scope));
      if (pauses.length !== draft.pauses.length) draft.dirty = true;
      draft.pauses = pauses;
      return forgiveIn(draft, event.scope);
    }
    case "done":
      return takeResult(draft, event.action, event.result);
  }
}

/** More pauses than that nobody keeps in mind; the oldest give way. */
export const mostPauses = 500;

function sameScope(a: PauseScope, b: PauseScope): boolean {
  return scopeText(a) === scopeText(b);
}

export function scopeText(scope: PauseScope): string {
  switch (scope.kind) {
    case "all":
      return "";
    case "cluster":
      return scope.cluster;
    case "namespace":
      return `${scope.cluster}/${scope.namespace}`;
  }
}

function forgiveIn(draft: Draft, scope: PauseScope): void {
  forgive(
    draft,
    (key) =>
      scope.kind === "all" ||
      (clusterOf(key) === scope.cluster && (scope.kind === "cluster" || namespaceOf(key) === scope.namespace)),
  );
}

function takeResult(draft: Draft, action: string, result: ActionResult): void {
  const item = itemOf(draft, action.slice(0, Math.max(0, action.lastIndexOf("#"))));
  const flight = item?.flight;
  if (item === undefined || flight === undefined || flight.action !== action || flight.phase === "written") return;
  switch (result.kind) {
    case "written":
      return moveTo(draft, item, flight, "written");
    case "unsure":
      return moveTo(draft, item, flight, "unsure");
    case "gone":
      // A pod that is gone is replaced like one that was evicted.
      if (flight.way === "evict") return moveTo(draft, item, flight, "written");
      // That a workload is gone its decision will say; as long as there is one, it is not forgotten.
      return again(draft, item, flight, "it was not there when it was to be restarted");
    case "changed":
      return again(draft, item, flight, result.message ?? "it changed while it was to be restarted");
    case "held":
      return hold(draft, item, flight, result.by);
    case "refused":
      return refuse(draft, item, flight, result.message);
  }
}

function again(draft: Draft, item: Item, flight: Flight, reason: string): void {
  const tries = item.wait?.tries ?? 0;
  const until = draft.mono + growing(changedMs, tries);
  revert(draft, item, flight, { until, tries: tries + 1, reason, decision: item.decision, breaks: false });
}

function hold(draft: Draft, item: Item, flight: Flight, by: string): void {
  const { pod } = flight;
  if (pod === undefined) {
    return revert(draft, item, flight, waitFor(draft, item, `held by PodDisruptionBudget ${by}`));
  }
  const tries = item.refused.get(pod.uid)?.tries ?? 0;
  const refused = new Map(item.refused).set(pod.uid, {
    until: draft.mono + growing(heldMs, tries),
    tries: tries + 1,
    by,
  });
  revert(draft, { ...item, refused }, flight);
  draft.continuing.add(item.key);
  const message = `pod ${pod.name} is not evicted: PodDisruptionBudget ${by} has no disruption left`;
  tell(draft, workloadOf(item), "Warning", "SidecarEvictionHeld", message);
}

function waitFor(draft: Draft, item: Item, reason: string): Item["wait"] {
  const tries = item.wait?.tries ?? 0;
  return {
    until: draft.mono + growing(heldMs, tries),
    tries: tries + 1,
    reason,
    decision: item.decision,
    breaks: false,
  };
}

/** It counts as a failure; once that is forgiven it may be tried again, for nothing was written. */
function refuse(draft: Draft, item: Item, flight: Flight, message: string): void {
  fail(draft, item, "failed", flight.target, `${refusal}${message.slice(0, 500)}`);
}

function growing({ first, last }: { readonly first: number; readonly last: number }, tries: number): number {
  return Math.min(last, first * 2 ** Math.min(tries, 20));
}
