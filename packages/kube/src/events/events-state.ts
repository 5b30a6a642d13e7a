import type { ObjectRef } from "@fairlead/krm";
import type { RecordedEvent } from "./recorder.ts";

/** What an event is about. */
export type Regarding = ObjectRef & { readonly uid?: string };

/** Bounds and periods; times in ms. */
export interface EventLimits {
  /** Equal events within this time of each other are one series. */
  readonly seriesWindowMs: number;
  /** A series that goes on is written again after this time. */
  readonly refreshMs: number;
  /** Writes that one object may cause at once; one more is earned each `refillMs`. */
  readonly burst: number;
  readonly refillMs: number;
  /** Series and objects that are remembered; those that were silent longest are forgotten first. */
  readonly remembered: number;
}

/** client-go's: a series ends after ten minutes, an object has 25 events at once and one more each five minutes. */
export const defaultEventLimits: EventLimits = {
  seriesWindowMs: 600_000,
  refreshMs: 30_000,
  burst: 25,
  refillMs: 300_000,
  remembered: 2_048,
};

/** Equal events. */
export interface Series {
  readonly key: string;
  readonly regarding: Regarding;
  readonly event: RecordedEvent;
  /** Tells series of the same key apart: part of the name of the Event. */
  readonly id: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  /** The count that was handed out last to be written; 0: none. */
  readonly writtenCount: number;
  readonly writtenAt: number;
}

interface Budget {
  readonly tokens: number;
  readonly at: number;
}

/** Changed in place by `recordEvent` and `dueSeries`: it is as large as `remembered` allows, and one recorder has it. */
export interface EventsState {
  readonly series: Map<string, Series>;
  readonly budgets: Map<string, Budget>;
  nextId: number;
}

export function initialEvents(): EventsState {
  return { series: new Map(), budgets: new Map(), nextId: 1 };
}

export type Recorded =
  /** To be created, or brought up to date if its count is above 1. */
  | { readonly kind: "write"; readonly series: Series }
  /** Counted; `dueSeries` gives it out later. */
  | { readonly kind: "counted" }
  | { readonly kind: "dropped" };

/** Takes an event in at a time (ms since the epoch). */
export function recordEvent(
  state: EventsState,
  regarding: Regarding,
  event: RecordedEvent,
  now: number,
  limits: EventLimits,
): Recorded {
  const key = seriesKey(regarding, event);
  const known = state.series.get(key);
  const goesOn = known !== undefined && now - known.lastAt < limits.seriesWindowMs;
  const series: Series = goesOn
    ? { ...known, lastAt: now, count: known.count + 1 }
    : { key, regarding, event, id: state.nextId, firstAt: now, lastAt: now, count: 1, writtenCount: 0, writtenAt: 0 };
  // The second one tells that it is a series; from then on its count is news, which can wait.
  const isDue = series.writtenCount < 2 || now - series.writtenAt >= limits.refreshMs;
  if (isDue && spend(state, objectKey(regarding), now, limits)) {
    if (!goesOn) state.nextId++;
    const written = { ...series, writtenCount: series.count, writtenAt: now };
    remember(state.series, key, written, limits.remembered);
    return { kind: "write", series: written };
  }
  if (!goesOn) return { kind: "dropped" };
  remember(state.series, key, series, limits.remembered);
  return { kind: "counted" };
}

/** The series whose count is behind and may be written by now; all that are behind if `force`. */
export function dueSeries(state: EventsState, now: number, limits: EventLimits, force = false): Series[] {
  const due: Series[] = [];
  for (const [key, series] of state.series) {
    if (series.count > series.writtenCount && (force || now - series.writtenAt >= limits.refreshMs)) {
      if (!force && !spend(state, objectKey(series.regarding), now, limits)) continue;
      const written = { ...series, writtenCount: series.count, writtenAt: now };
      state.series.set(key, written);
      due.push(written);
    } else if (now - series.lastAt >= limits.seriesWindowMs) state.series.delete(key);
  }
  return due;
}

/** When `dueSeries` may have something, in ms since the epoch; Infinity: not before the next event. */
export function nextDue(state: EventsState, limits: EventLimits): number {
  let next = Infinity;
  for (const { count, writtenCount, writtenAt } of state.series.values()) {
    if (count > writtenCount) next = Math.min(next, writtenAt + limits.refreshMs);
  }
  return next;
}

function spend({ budgets }: EventsState, key: string, now: number, limits: EventLimits): boolean {
  const budget = budgets.get(key);
  const earned = budget === undefined ? limits.burst : budget.tokens + Math.max(0, now - budget.at) / limits.refillMs;
  const tokens = Math.min(limits.burst, earned);
  const can = tokens >= 1;
  remember(budgets, key, { tokens: can ? tokens - 1 : tokens, at: now }, limits.remembered);
  return can;
}

/** Puts it last, and forgets the first when there are too many. */
function remember<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  map.delete(oldest!);
}

function objectKey({ apiVersion, kind, namespace, name, uid }: Regarding): string {
  return JSON.stringify([apiVersion, kind, namespace ?? "", name, uid ?? ""]);
}

function seriesKey(regarding: Regarding, { type, reason, message, action, related }: RecordedEvent): string {
  const other = related === undefined ? "" : objectKey(related);
  return JSON.stringify([objectKey(regarding), type, reason, action ?? reason, message, other]);
}
