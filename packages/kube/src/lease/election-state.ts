import type { KrmObject } from "@fairlead/krm";
import { readLease, type LeaseRecord, type LeaseWrite } from "./lease.ts";
import type { LeaseTimings } from "./leadership.ts";

/**
 * Leader election as a pure function of times and answers. All times are milliseconds of this process's monotonic
 * clock; only durations are compared with anything of another process.
 *
 * Why two never lead at once: a leader counts its lease from when it *sent* its last good renewal and stops
 * `renewDeadline` later; another counts it from when it *received* the version of the Lease that holds that renewal, waits
 * the longer `leaseDuration`, and takes over only if the Lease still has that version.
 */
export interface ElectionState {
  /**
   * `following`: somebody else may lead. `leading`: we do. `lost`: we no longer do, and what we ran has not ended yet.
   * `releasing`: it has, and the lease is being given up. `done`: nothing more will happen.
   */
  readonly phase: "following" | "leading" | "lost" | "releasing" | "done";
  /** Nobody wants to lead any more. */
  readonly stopping: boolean;
  readonly seen: Seen | undefined;
  readonly request: Request | undefined;
  readonly nextRequest: number;
  /** When to ask again. */
  readonly wakeAt: number;
  /** What was seen may no longer be what is stored. */
  readonly stale: boolean;
  /** A write of ours may have made us the holder. */
  readonly wrote: boolean;
  readonly term: number;
  /** Until when the lease is ours, if it is. */
  readonly goodUntil: number;
}

/** A version of the Lease, and when it was received first. Without `lease`: it was deleted. */
interface Seen {
  readonly lease: KrmObject | undefined;
  readonly record: LeaseRecord;
  readonly since: number;
}

interface Request {
  readonly id: number;
  readonly sentAt: number;
  readonly kind: "read" | "write" | "release";
  readonly transitions: number;
}

export interface ElectionConfig extends LeaseTimings {
  readonly identity: string;
}

export type Answer =
  | { readonly kind: "lease"; readonly lease: KrmObject }
  | { readonly kind: "absent" }
  /** Somebody else wrote first: nothing was stored. */
  | { readonly kind: "conflict" }
  /** Whether it was stored is not known. */
  | { readonly kind: "failed" };

export type ElectionInput =
  /** `random` in [0, 1) spreads the questions of many. */
  | { readonly kind: "wake"; readonly now: number; readonly random: number }
  | {
      readonly kind: "answer";
      readonly now: number;
      readonly random: number;
      readonly id: number;
      readonly answer: Answer;
    }
  | { readonly kind: "stop"; readonly now: number }
  /** What ran while we led has ended. If we still lead, that was by itself, and nobody wants to lead any more. */
  | { readonly kind: "ended"; readonly now: number };

export type ElectionEffect =
  | { readonly kind: "read"; readonly id: number }
  /** Creates the Lease if there is no `previous`, else updates it under its resourceVersion. */
  | {
      readonly kind: "write";
      readonly id: number;
      readonly previous: KrmObject | undefined;
      readonly write: LeaseWrite;
    }
  | { readonly kind: "lead"; readonly term: number }
  | { readonly kind: "abort"; readonly reason: "renewal failed" | "taken over" | "lease deleted" | "stopped" }
  | { readonly kind: "done" };

export interface ElectionStep {
  readonly state: ElectionState;
  readonly effects: readonly ElectionEffect[];
}

export const initialElection: ElectionState = {
  phase: "following",
  stopping: false,
  seen: undefined,
  request: undefined,
  nextRequest: 1,
  wakeAt: 0,
  stale: true,
  wrote: false,
  term: -1,
  goodUntil: 0,
};

/** What happens next. After each step the caller wakes it again at `nextWake(state)`. */
export function stepElection(state: ElectionState, input: ElectionInput, config: ElectionConfig): ElectionStep {
  if (state.phase === "done") return { state, effects: [] };
  const expired = expire(state, input.now);
  const effects = [...expired.effects];
  const after = react(expired.state, input, config);
  effects.push(...after.effects);
  return { state: after.state, effects };
}

/** The monotonic time at which the state wants to be woken. */
export function nextWake(state: ElectionState): number {
  if (state.phase === "leading")
    return state.request === undefined ? Math.min(state.wakeAt, state.goodUntil) : state.goodUntil;
  if (state.phase === "done" || state.phase === "lost") return Infinity;
  return state.request === undefined ? state.wakeAt : Infinity;
}

/** Whether leadership is held at a time. */
export function isHeld(state: ElectionState, now: number): boolean {
  return state.phase === "leading" && !state.stopping && now < state.goodUntil;
}

function expire(state: ElectionState, now: number): ElectionStep {
  if (state.phase !== "leading" || now < state.goodUntil) return { state, effects: [] };
  return lose(state, "renewal failed");
}

function lose(state: ElectionState, reason: "renewal failed" | "taken over" | "lease deleted"): ElectionStep {
  // The answer to what is under way no longer matters; whether it was stored, a read will tell.
  const lost: ElectionState = { ...state, phase: "lost", request: undefined, stale: true };
  return { state: lost, effects: state.stopping ? [] : [{ kind: "abort", reason }] };
}

function react(state: ElectionState, input: ElectionInput, config: ElectionConfig): ElectionStep {
  switch (input.kind) {
    case "stop": {
      if (state.stopping) return { state, effects: [] };
      const stopping = { ...state, stopping: true };
      if (state.phase === "leading") return { state: stopping, effects: [{ kind: "abort", reason: "stopped" }] };
      if (state.phase !== "following") return { state: stopping, effects: [] };
      // A write under way may make us the holder, and others would wait for us.
      if (state.request?.kind === "write") return { state: stopping, effects: [] };
      return finish(stopping);
    }
    case "ended": {
      if (state.phase === "lost") {
        if (state.stopping) return finish(state);
        return { state: { ...state, phase: "following", wakeAt: input.now }, effects: [] };
      }
      if (state.phase !== "leading") return { state, effects: [] };
      return release({ ...state, phase: "releasing", wakeAt: input.now }, input.now, config);
    }
    case "wake":
      return state.request !== undefined || input.now < state.wakeAt
        ? { state, effects: [] }
        : ask(state, input.now, config);
    case "answer": {
      if (input.id !== state.request?.id) return { state, effects: [] };
      const { request } = state;
      const answered = { ...state, request: undefined };
      return request.kind === "read"
        ? onRead(answered, input.answer, input, config)
        : onWritten(answered, request, input.answer, input, config);
    }
  }
}

function ask(state: ElectionState, now: number, config: ElectionConfig): ElectionStep {
  if (state.phase === "lost") return { state, effects: [] };
  if (state.phase === "releasing") return release(state, now, config);
  if (state.phase === "following" || state.stale) return send(state, "read", now, state.term);
  return renew(state, now, config);
}

function send(state: ElectionState, kind: Request["kind"], now: number, transitions: number): ElectionStep {
  const id = state.nextRequest;
  const next = { ...state, nextRequest: id + 1, request: { id, sentAt: now, kind, transitions } };
  return { state: next, effects: kind === "read" ? [{ kind, id }] : [] };
}

function write(state: ElectionState, now: number, lease: LeaseWrite): ElectionStep {
  const kind = lease.holder === undefined ? "release" : "write";
  const sent = send({ ...state, wrote: state.wrote || kind === "write" }, kind, now, lease.transitions);
  return {
    state: sent.state,
    effects: [{ kind: "write", id: state.nextRequest, previous: state.seen?.lease, write: lease }],
  };
}

function renew(state: ElectionState, now: number, { identity, leaseDurationMs }: ElectionConfig): ElectionStep {
  const lease = { holder: identity, transitions: state.term, durationMs: leaseDurationMs, acquired: false };
  return write(state, now, lease);
}

function acquire(state: ElectionState, now: number, { identity, leaseDurationMs }: ElectionConfig): ElectionStep {
  const transitions = state.seen === undefined ? 0 : state.seen.record.transitions + 1;
  return write(state, now, { holder: identity, transitions, durationMs: leaseDurationMs, acquired: true });
}

function release(state: ElectionState, now: number, { leaseDurationMs }: ElectionConfig): ElectionStep {
  // Who has not given it up by then has lost it anyway.
  if (now >= state.goodUntil) return finish(state);
  if (state.request !== undefined) return { state, effects: [] };
  if (state.stale) return send(state, "read", now, state.term);
  return write(state, now, { transitions: state.term, durationMs: leaseDurationMs, acquired: false });
}

function finish(state: ElectionState): ElectionStep {
  return { state: { ...state, phase: "done", request: undefined }, effects: [{ kind: "done" }] };
}

/** Keeps the time at which a version was received first. */
function see(state: ElectionState, answer: Answer, now: number): ElectionState {
  if (answer.kind === "lease") {
    const version = answer.lease.metadata["resourceVersion"];
    const same = state.seen?.lease !== undefined && state.seen.lease.metadata["resourceVersion"] === version;
    const seen = same ? state.seen : { lease: answer.lease, record: readLease(answer.lease), since: now };
    return { ...state, seen, stale: false };
  }
  if (answer.kind === "absent") {
    // Its holder may not have noticed yet: what it said last still counts.
    const seen = state.seen === undefined ? undefined : { ...state.seen, lease: undefined };
    return { ...state, seen, stale: false };
  }
  return { ...state, stale: true };
}

type Timed = { readonly now: number; readonly random: number };

function onRead(state: ElectionState, answer: Answer, { now, random }: Timed, config: ElectionConfig): ElectionStep {
  const next = see(state, answer, now);
  const later = now + pause(config, random);
  if (state.phase === "leading") {
    if (answer.kind === "absent") return lose(next, "lease deleted");
    if (answer.kind !== "lease") return { state: { ...next, wakeAt: later }, effects: [] };
    return isOurs(next, config) ? renew(next, now, config) : lose(next, "taken over");
  }
  if (state.phase === "releasing") {
    if (answer.kind === "lease" && isOurs(next, config)) return release(next, now, config);
    return answer.kind === "failed" ? { state: { ...next, wakeAt: later }, effects: [] } : finish(next);
  }
  if (answer.kind !== "lease" && answer.kind !== "absent") return { state: { ...next, wakeAt: later }, effects: [] };
  const freeAt = freeFrom(next, config);
  if (now >= freeAt) return acquire(next, now, config);
  return { state: { ...next, wakeAt: Math.min(later, freeAt) }, effects: [] };
}

function onWritten(
  state: ElectionState,
  { sentAt, transitions, kind }: Request,
  answer: Answer,
  { now, random }: Timed,
  config: ElectionConfig,
): ElectionStep {
  const next = see(state, answer, now);
  const later = now + pause(config, random);
  const goodUntil = sentAt + config.renewDeadlineMs;
  if (state.phase === "releasing") {
    if (answer.kind === "absent" || (answer.kind === "lease" && kind === "release")) return finish(next);
    if (answer.kind === "failed") return { state: { ...next, wakeAt: later }, effects: [] };
    return release(next, now, config);
  }
  if (state.phase === "leading") {
    if (answer.kind === "lease") {
      return { state: { ...next, goodUntil, wakeAt: sentAt + pause(config, random) }, effects: [] };
    }
    if (answer.kind === "absent") return lose(next, "lease deleted");
    return { state: { ...next, wakeAt: answer.kind === "conflict" ? now : later }, effects: [] };
  }
  if (state.stopping) {
    // Nothing runs; if it was stored, it is given up at once.
    if (answer.kind !== "lease" || now >= goodUntil) return finish(next);
    return release({ ...next, phase: "releasing", term: transitions, goodUntil }, now, config);
  }
  if (answer.kind !== "lease")
    return { state: { ...next, wakeAt: answer.kind === "absent" ? now : later }, effects: [] };
  // The answer took so long that the lease is already lost: begin anew, with a term of its own.
  if (now >= goodUntil) return { state: { ...next, wakeAt: later }, effects: [] };
  const leading: ElectionState = {
    ...next,
    phase: "leading",
    term: transitions,
    goodUntil,
    wakeAt: sentAt + pause(config, random),
  };
  return { state: leading, effects: [{ kind: "lead", term: transitions }] };
}

function isOurs({ seen, term }: ElectionState, { identity }: ElectionConfig): boolean {
  return seen?.record.holder === identity && seen.record.transitions === term;
}

/** When the lease may be taken: at once if nobody holds it or an answer to our own write got lost. */
function freeFrom({ seen, wrote }: ElectionState, { identity, leaseDurationMs }: ElectionConfig): number {
  if (seen === undefined || seen.record.holder === "") return -Infinity;
  // A process that was started anew under the same name does not know whether the old one has really ended.
  if (seen.record.holder === identity && wrote) return -Infinity;
  return seen.since + (seen.record.durationMs ?? leaseDurationMs);
}

/** Up to a quarter shorter than the retry period, never longer: how fast others take over depends on it. */
function pause({ retryPeriodMs }: ElectionConfig, random: number): number {
  return retryPeriodMs * (1 - random / 4);
}
