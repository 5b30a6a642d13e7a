import type { Decision, Outdated } from "../model/decision.ts";
import type { JournalEntry } from "../model/run.ts";
import type { Flight, Item } from "./core.ts";
import { dropItem, itemOf, setItem, tell, wake, workloadOf, type Draft } from "./draft.ts";
import { evictedSoFar, fail } from "./failures.ts";
import { clusterOf } from "../model/keys.ts";
import { stillOutdated } from "./observe.ts";

/** How long a view may lag behind what was written before it is believed that nothing was. */
export const lagMs = 60_000;
/** How long what was just written may not show in a decision yet. */
const settleMs = 5_000;
/** How long an action may go without a result. */
const resultMs = 120_000;

/** Looks at everything under way: finished, failed, or going on. */
export function judgeFlights(draft: Draft): void {
  for (const key of draft.flights) {
    const item = itemOf(draft, key);
    if (item?.flight !== undefined) judge(draft, item, item.flight);
  }
}

function judge(draft: Draft, item: Item, flight: Flight): void {
  const cluster = draft.clusters.get(clusterOf(item.key));
  const { decision } = item;
  // Nobody can tell: it stays counted. Where the cluster left the fleet it is forgotten after its time.
  if (cluster?.current !== true) {
    const until = flight.since + draft.rules.settings.restart.deadlineMs;
    if (cluster !== undefined) return;
    if (draft.mono >= until) dropItem(draft, item.key);
    else wake(draft, until);
    return;
  }
  if (item.gone || (decision === undefined && draft.mono >= cluster.since + lagMs)) return dropItem(draft, item.key);
  if (decision === undefined) return wake(draft, cluster.since + lagMs);
  if (flight.phase === "asked") {
    if (draft.mono >= flight.phaseAt + resultMs) moveTo(draft, item, flight, "unsure");
    else wake(draft, flight.phaseAt + resultMs);
    return;
  }
  const now = { ...flight, seen: flight.seen || isSeen(decision, flight) };
  const next = now.seen === flight.seen ? item : { ...item, flight: now };
  if (flight.way === "evict") judgeEviction(draft, next, now, decision, cluster.since);
  else judgeRollout(draft, next, now, decision, cluster.since);
}

function isSeen(decision: Decision, { target, way, marked }: Flight): boolean {
  if (decision.kind === "rolling") return true;
  if (way !== "roll" || decision.kind !== "outdated" || decision.restartedFor !== target) return false;
  if (marked === false) return true;
  return marked.pods !== undefined && decision.outdated.some(({ uid }) => !marked.pods!.has(uid));
}

function judgeRollout(draft: Draft, item: Item, flight: Flight, decision: Decision, since: number): void {
  const late = (): boolean => isLate(draft, flight, since);
  switch (decision.kind) {
    case "current":
    case "outside":
    case "excluded":
      if (flight.seen || draft.mono >= flight.phaseAt + settleMs) return finish(draft, item, flight, "");
      wake(draft, flight.phaseAt + settleMs);
      return keep(draft, item);
    case "rolling": {
      if (decision.failed !== undefined) return fail(draft, item, "failed", flight.target, decision.failed);
      if (!late()) return keep(draft, item);
      const { ready, total } = decision.pods;
      const reason = `its rollout is not over after ${minutes(draft)}: ${ready} of ${total} pods are ready`;
      return fail(draft, item, "failed", flight.target, reason);
    }
    case "unknown":
      return late() ? finish(draft, item, flight, `not known: ${decision.reason}`) : keep(draft, item);
    case "outdated":
      return judgeOutdated(draft, item, flight, decision, late, since);
  }
}

function judgeOutdated(
  draft: Draft,
  item: Item,
  flight: Flight,
  decision: Outdated,
  late: () => boolean,
  since: number,
): void {
  const { target } = flight;
  if (flight.seen) {
    if (decision.target !== target) return finish(draft, item, flight, "");
    if (decision.stillDiffers) return fail(draft, item, "broken", target, stillOutdated(decision));
    if (late()) return fail(draft, item, "broken", target, stillOutdated(decision));
    return keep(draft, item);
  }
  // It does not show: the view lags behind, or nothing was written.
  if (flight.phase === "unsure") {
    const until = Math.max(flight.phaseAt, since) + lagMs;
    if (draft.mono >= until) return revert(draft, item, flight);
    wake(draft, until);
  } else if (late()) {
    return fail(draft, item, "failed", target, "its restart was written and nothing came of it");
  }
  keep(draft, item);
}

/** One pod: gone, and another one ready in its place. */
function judgeEviction(draft: Draft, item: Item, flight: Flight, decision: Decision, since: number): void {
  if (decision.kind === "current" || decision.kind === "outside" || decision.kind === "excluded") {
    if (flight.seen || draft.mono >= flight.phaseAt + settleMs) return finish(draft, item, flight, "");
    wake(draft, flight.phaseAt + settleMs);
    return keep(draft, item);
  }
  if (decision.kind === "outdated") {
    const remains = decision.outdated.some(({ uid }) => uid === flight.pod?.uid);
    if (flight.phase === "unsure" && remains) {
      const until = Math.max(flight.phaseAt, since) + lagMs;
      if (draft.mono >= until) return revert(draft, item, flight);
      wake(draft, until);
    } else if (!remains && isReplaced(draft, flight, decision)) return nextPod(draft, item, flight, decision);
  }
  if (!isLate(draft, flight, since)) return keep(draft, item);
  if (decision.kind === "unknown") return finish(draft, item, flight, `not known: ${decision.reason}`);
  const name = flight.pod?.name || flight.pod?.uid || "";
  fail(
    draft,
    item,
    "failed",
    flight.target,
    `pod ${name} was evicted and none is ready in its place after ${minutes(draft)}`,
  );
}

function isReplaced(draft: Draft, { before, phaseAt, pod }: Flight, { pods }: Outdated): boolean {
  const ready = before.ready + (pod?.ready === false ? 1 : 0);
  if (pods.total >= before.total && pods.ready >= ready) return true;
  // It may have been scaled down meanwhile.
  if (pods.ready === pods.total && draft.mono >= phaseAt + lagMs) return true;
  if (pods.ready === pods.total) wake(draft, phaseAt + lagMs);
  return false;
}

function nextPod(draft: Draft, item: Item, flight: Flight, decision: Outdated): void {
  if (decision.target !== flight.target) return finish(draft, item, flight, "");
  const { known } = item;
  if (decision.stillDiffers || decision.outdated.some(({ uid }) => known !== undefined && !known.has(uid))) {
    return fail(draft, item, "broken", flight.target, stillOutdated(decision));
  }
  const { pods, of } = item.entry?.evicted ?? { pods: 0, of: decision.outdated.length + 1 };
  const evicted = { pods: pods + 1, of };
  // More are left than could be: new ones differ, which only the count shows after a restart of the controller.
  if (decision.outdated.length > of - evicted.pods + 1) {
    return fail(draft, item, "broken", flight.target, stillOutdated(decision));
  }
  setItem(draft, {
    ...item,
    flight: undefined,
    endedAt: draft.mono,
    entry: { ...item.entry!, state: "held", evicted },
  });
  draft.continuing.add(item.key);
}

/** Over: the workload has what it was restarted for, or something else is wanted of it by now. */
function finish(draft: Draft, item: Item, flight: Flight, reason: string): void {
  const superseded = item.decision?.kind === "outdated" && item.decision.target !== flight.target;
  const { identity: _identity, marked: _marked, ...rest } = item.entry!;
  const entry: JournalEntry = {
    ...rest,
    ...evictedSoFar(rest),
    state: "done",
    endedAt: draft.now,
    reason,
    ...(superseded ? { superseded } : {}),
  };
  setItem(draft, { ...item, entry, flight: undefined, wait: undefined, known: undefined, endedAt: draft.mono });
  draft.lastEndedAt = draft.mono;
  draft.doneKeys.add(item.key);
  if (draft.run !== undefined) draft.run = { ...draft.run, lastEndedAt: draft.now };
  if (reason === "" && !superseded) {
    tell(draft, workloadOf(item), "Normal", "SidecarCurrent", `all pods run the expected proxy (${flight.target})`);
  }
}

/** Nothing was written: it is as before. */
export function revert(draft: Draft, item: Item, flight: Flight, wait?: Item["wait"]): void {
  setItem(draft, { ...item, entry: flight.previous, flight: undefined, wait });
  const wave = item.wave === undefined ? undefined : draft.rules.waves[item.wave]?.name;
  if (draft.run === undefined || wave === undefined || flight.previous?.state === "held") return;
  const { waves, restarted } = draft.run;
  draft.run = {
    ...draft.run,
    restarted: Math.max(0, restarted - 1),
    waves: { ...waves, [wave]: Math.max(0, (Object.hasOwn(waves, wave) ? waves[wave]! : 0) - 1) },
  };
}

function keep(draft: Draft, item: Item): void {
  if (itemOf(draft, item.key) !== item) setItem(draft, item);
}

/** A cluster that was not seen for a while, or by another process, is looked at for a moment first. */
function isLate(draft: Draft, flight: Flight, clusterSince: number): boolean {
  const { deadlineMs } = draft.rules.settings.restart;
  const until = Math.max(flight.since + deadlineMs, clusterSince + Math.min(deadlineMs, lagMs));
  if (draft.mono < until) wake(draft, until);
  return draft.mono >= until;
}

export function moveTo(draft: Draft, item: Item, flight: Flight, phase: Flight["phase"]): void {
  setItem(draft, { ...item, flight: { ...flight, phase, phaseAt: draft.mono } });
  wake(draft, draft.mono + settleMs);
}

function minutes(draft: Draft): string {
  return `${Math.round(draft.rules.settings.restart.deadlineMs / 6_000) / 10} min`;
}
