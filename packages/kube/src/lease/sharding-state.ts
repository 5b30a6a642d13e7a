import type { LeaseTimings } from "./leadership.ts";
import { memberOf } from "./rendezvous.ts";

/**
 * Members share keys without anybody in charge. Each has a Lease of its own that says which members it counts, its
 * *claim*: of these, rendezvous hashing gives it its keys. Times are of this process's monotonic clock.
 *
 * Why two never work on one key at once: a member works on a key only if its stored claim gives it the key, and if in a
 * list of all Leases that was *asked for after* that claim was stored nobody else's claim gave the key to its owner. Of
 * two whose claims conflict, the one that stored its claim later therefore sees the other's, and waits until it is
 * withdrawn or its Lease has run out. A claim is withdrawn only when the work on what it gives up has ended; and who
 * could not renew its Lease stops, by its own clock, before others count it as gone.
 */
export interface ShardingState {
  readonly self: string;
  /** The claim by which we work: stored, and confirmed by a list; undefined: by none. */
  readonly held: Claim | undefined;
  /** Claims that may be stored instead: what they do not give us is not ours. */
  readonly possible: readonly Claim[];
  /** The claim of the last acknowledged write, as long as no list has followed. */
  readonly stored: Claim | undefined;
  /** The claim that we move to: what it gives up is not begun any more, and it is stored when the work on that has ended. */
  readonly target: { readonly claim: Claim; readonly drained: boolean } | undefined;
  readonly goodUntil: number;
  readonly others: ReadonlyMap<string, Other>;
  /** What the others claimed when ours was confirmed, and since: a key is theirs as long as all of these say so. */
  readonly blockers: ReadonlyMap<string, readonly Claim[]>;
  readonly request: Request | undefined;
  readonly nextRequest: number;
  readonly listFirst: boolean;
  readonly wakeAt: number;
  readonly phase: "joined" | "leaving" | "left";
}

interface Request {
  readonly id: number;
  readonly sentAt: number;
  readonly kind: "list" | "write";
  readonly claim: Claim;
}

/** Sorted names of members. */
export type Claim = readonly string[];

interface Other {
  readonly version: string;
  /** When this version was received first. */
  readonly since: number;
  readonly durationMs: number;
  /** Undefined: it has left. */
  readonly claim: Claim | undefined;
}

/** A member's Lease, as it was read. */
export interface ListedMember {
  readonly name: string;
  readonly version: string;
  readonly durationMs: number;
  readonly claim: Claim | undefined;
}

export type ShardingInput =
  | { readonly kind: "wake"; readonly now: number }
  | { readonly kind: "listed"; readonly now: number; readonly id: number; readonly members: readonly ListedMember[] }
  | { readonly kind: "written"; readonly now: number; readonly id: number; readonly stored: boolean }
  | { readonly kind: "failed"; readonly now: number; readonly id: number }
  /** No key is worked on any more that `owns` denies. */
  | { readonly kind: "drained"; readonly now: number; readonly claim: Claim }
  | { readonly kind: "leave"; readonly now: number };

export type ShardingEffect =
  | { readonly kind: "list"; readonly id: number }
  /** `claim` undefined: we leave. */
  | { readonly kind: "write"; readonly id: number; readonly claim: Claim | undefined }
  /** To be answered by `drained` with the same claim. */
  | { readonly kind: "drain"; readonly claim: Claim }
  /** `owns` may answer otherwise. */
  | { readonly kind: "changed" }
  | { readonly kind: "done" };

export interface ShardingStep {
  readonly state: ShardingState;
  readonly effects: readonly ShardingEffect[];
}

export function initialSharding(self: string): ShardingState {
  return {
    self,
    held: undefined,
    possible: [],
    stored: undefined,
    target: undefined,
    goodUntil: 0,
    others: new Map(),
    blockers: new Map(),
    request: undefined,
    nextRequest: 1,
    listFirst: true,
    wakeAt: -Infinity,
    phase: "joined",
  };
}

/** Whether work on a key that was begun may go on at a time. */
export function mayGoOn(state: ShardingState, key: string, now: number): boolean {
  const { self, held, possible, blockers } = state;
  if (held === undefined || now >= state.goodUntil || state.phase === "left") return false;
  if (memberOf(key, held) !== self || possible.some((claim) => memberOf(key, claim) !== self)) return false;
  for (const [name, claims] of blockers) {
    if (claims.every((claim) => memberOf(key, claim) === name)) return false;
  }
  return true;
}

/** Whether work on a key may begin at a time. */
export function ownsKey(state: ShardingState, key: string, now: number): boolean {
  const { self, target, phase } = state;
  if (phase !== "joined" || (target !== undefined && memberOf(key, target.claim) !== self)) return false;
  return mayGoOn(state, key, now);
}

/** Who shares the keys as far as is known, ourselves included. Sorted. */
export function membersAt({ self, others }: ShardingState, now: number): Claim {
  const fresh = [...others].filter(([, other]) => isFresh(other, now));
  return [self, ...fresh.map(([name]) => name)].sort();
}

function isFresh({ claim, since, durationMs }: Other, now: number): boolean {
  return claim !== undefined && now < since + durationMs;
}

export function nextShardingWake(state: ShardingState): number {
  if (state.phase === "left") return Infinity;
  const lapses = state.held === undefined && state.stored === undefined ? Infinity : state.goodUntil;
  return Math.min(lapses, state.request === undefined ? state.wakeAt : Infinity);
}

export function stepSharding(state: ShardingState, input: ShardingInput, timings: LeaseTimings): ShardingStep {
  if (state.phase === "left") return { state, effects: [] };
  const lapsed = lapse(state, input.now);
  const after = react(lapsed.state, input, timings);
  return { state: after.state, effects: [...lapsed.effects, ...after.effects] };
}

function lapse(state: ShardingState, now: number): ShardingStep {
  if ((state.held === undefined && state.stored === undefined) || now < state.goodUntil) return { state, effects: [] };
  // Somebody may have counted us as gone: everything is to be confirmed anew.
  const lost: ShardingState = { ...state, held: undefined, stored: undefined, target: undefined, blockers: new Map() };
  return { state: lost, effects: state.held === undefined ? [] : [{ kind: "changed" }] };
}

function react(state: ShardingState, input: ShardingInput, timings: LeaseTimings): ShardingStep {
  const { now } = input;
  switch (input.kind) {
    case "wake":
      return state.request !== undefined || now < state.wakeAt ? { state, effects: [] } : act(state, now);
    case "failed":
      if (input.id !== state.request?.id) return { state, effects: [] };
      return { state: tryAgain(state, now, timings), effects: [] };
    case "listed":
      if (input.id !== state.request?.id) return { state, effects: [] };
      return onListed({ ...state, request: undefined, listFirst: false }, input.members, now, timings);
    case "written":
      if (input.id !== state.request?.id) return { state, effects: [] };
      return onWritten(state, state.request, input.stored, now, timings);
    case "drained": {
      if (state.target === undefined || !same(state.target.claim, input.claim)) return { state, effects: [] };
      const ready = { ...state, target: { ...state.target, drained: true }, wakeAt: now };
      return ready.request === undefined ? act(ready, now) : { state: ready, effects: [] };
    }
    case "leave": {
      if (state.phase !== "joined") return { state, effects: [] };
      const leaving: ShardingState = { ...state, phase: "leaving", target: { claim: [], drained: false } };
      return { state: leaving, effects: [{ kind: "changed" }, { kind: "drain", claim: [] }] };
    }
  }
}

/** Whether a write was stored that failed, a list will not tell: it may still be under way. */
function tryAgain(state: ShardingState, now: number, { retryPeriodMs }: LeaseTimings): ShardingState {
  return { ...state, request: undefined, listFirst: true, wakeAt: now + retryPeriodMs / 2 };
}

function act(state: ShardingState, now: number): ShardingStep {
  const id = state.nextRequest;
  const send = (kind: Request["kind"], claim: Claim): ShardingState => ({
    ...state,
    nextRequest: id + 1,
    request: { id, sentAt: now, kind, claim },
  });
  if (state.phase === "leaving" && (state.target?.drained === true || state.held === undefined)) {
    return { state: send("write", []), effects: [{ kind: "write", id, claim: undefined }] };
  }
  if (state.listFirst) return { state: send("list", []), effects: [{ kind: "list", id }] };
  const moves = state.target?.drained === true ? state.target.claim : undefined;
  const claim = moves ?? state.held ?? membersAt(state, now);
  const possible = state.possible.some((one) => same(one, claim)) ? state.possible : [...state.possible, claim];
  return { state: { ...send("write", claim), possible }, effects: [{ kind: "write", id, claim }] };
}

function onWritten(
  state: ShardingState,
  { sentAt, claim }: Request,
  isStored: boolean,
  now: number,
  timings: LeaseTimings,
): ShardingStep {
  const goodUntil = sentAt + timings.renewDeadlineMs;
  if (claim.length === 0) {
    if (!isStored && now < state.goodUntil) return { state: tryAgain(state, now, timings), effects: [] };
    return { state: { ...state, request: undefined, phase: "left" }, effects: [{ kind: "done" }] };
  }
  if (!isStored || now >= goodUntil) return { state: tryAgain(state, now, timings), effects: [] };
  // Every earlier write that is still under way has an older version of the Lease, and fails.
  const acknowledged: ShardingState = { ...state, request: undefined, goodUntil, stored: claim, possible: [claim] };
  return act({ ...acknowledged, listFirst: true }, now);
}

function onListed(
  state: ShardingState,
  members: readonly ListedMember[],
  now: number,
  { retryPeriodMs }: LeaseTimings,
): ShardingStep {
  const seen = confirm({ ...state, others: see(state, members, now) }, now);
  const effects: ShardingEffect[] = [{ kind: "changed" }];
  // The period is counted from the write that this list followed.
  const settled = { ...seen, wakeAt: state.stored === undefined ? now : now + retryPeriodMs };
  if (settled.phase === "leaving") return { state: settled, effects };
  if (settled.held === undefined) return { state: { ...settled, target: undefined, wakeAt: now }, effects };
  const wanted = membersAt(settled, now);
  if (same(settled.held, wanted)) return { state: { ...settled, target: undefined }, effects };
  if (settled.target !== undefined && same(settled.target.claim, wanted)) {
    return { state: settled.target.drained ? { ...settled, wakeAt: now } : settled, effects };
  }
  const moving = { ...settled, target: { claim: wanted, drained: false } };
  return { state: moving, effects: [...effects, { kind: "drain", claim: wanted }] };
}

/** After a list that was asked for when our claim was stored already, we work by this claim. */
function confirm(state: ShardingState, now: number): ShardingState {
  const { held, stored, others } = state;
  if (stored === undefined || (held !== undefined && same(held, stored))) {
    return {
      ...state,
      stored: undefined,
      possible: stored === undefined ? state.possible : [],
      blockers: narrow(state, now),
    };
  }
  const blockers = new Map<string, readonly Claim[]>();
  for (const [name, other] of others) {
    if (isFresh(other, now)) blockers.set(name, [other.claim!]);
  }
  const target = state.target !== undefined && same(state.target.claim, stored) ? undefined : state.target;
  return { ...state, held: stored, stored: undefined, possible: [], target, blockers };
}

/** Who has left, or has run out, blocks nothing; who claims something else now blocks only what both claims name. */
function narrow(state: ShardingState, now: number): ReadonlyMap<string, readonly Claim[]> {
  const blockers = new Map<string, readonly Claim[]>();
  for (const [name, claims] of state.blockers) {
    const other = state.others.get(name);
    if (other === undefined || !isFresh(other, now)) continue;
    const claim = other.claim!;
    blockers.set(name, claims.some((one) => same(one, claim)) ? claims : [...claims, claim].slice(-8));
  }
  return blockers;
}

function see(
  { self, others }: ShardingState,
  members: readonly ListedMember[],
  now: number,
): ReadonlyMap<string, Other> {
  const seen = new Map<string, Other>();
  for (const { name, version, durationMs, claim } of members) {
    if (name === self) continue;
    const before = others.get(name);
    seen.set(name, before?.version === version ? before : { version, since: now, durationMs, claim });
  }
  // A Lease that was deleted under its member counts until the member has noticed.
  for (const [name, other] of others)
    if (!seen.has(name) && now < other.since + other.durationMs) seen.set(name, other);
  return seen;
}

function same(a: Claim, b: Claim): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
