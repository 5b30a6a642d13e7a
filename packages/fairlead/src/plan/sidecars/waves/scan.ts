import { namespaceBlock, ownBlock, type Block, type Blocking } from "./blocks.ts";
import type { NamespaceKey, Parked, Queued, StageKey } from "./core.ts";
import { itemOf, type Draft } from "./draft.ts";
import { tryStart } from "./try-start.ts";
import { wakeFor } from "./wake-for.ts";

/**
 * What of a stage waits: something that starts or will (`goes`), only what is blocked for its own sake (`blocked`), or
 * nothing. What joined after the deadline of the stage is not counted, or else its owner could always bring up more.
 */
export type Found = "goes" | "blocked" | "none";

export interface Starting {
  readonly blocking: Blocking;
  readonly isFull: () => boolean;
  readonly joinedBy: number;
}

/** A namespace of a stage, and how far it was looked through. */
export interface Turn {
  readonly namespace: NamespaceKey;
  readonly queue: readonly Queued[];
  next: number;
  served: number;
}

export interface Scan {
  /** Whether nothing of a namespace can start, which is known without looking at each. */
  skips(namespace: NamespaceKey, queue: readonly Queued[]): boolean;
  /** Starts the next one of a namespace that can be started; under trusted orders it looks at one only. */
  startNext(turn: Turn): boolean;
  found(): Found;
}

/**
 * Looks through what waits in a stage. Where everything in a namespace is blocked for reasons of its own this is remembered
 * until one of them changes, or its time comes: blocked workloads cost nothing, however many there are.
 */
export function scanOf(draft: Draft, stage: StageKey, { blocking, joinedBy }: Starting): Scan {
  const trust = draft.rules.settings.restart.trustOrder;
  const parking = new Map<NamespaceKey, Parking>();
  let found: Found = "none";

  function note(kind: Block["kind"], joinedAt: number, park?: Parking): void {
    if (joinedAt > joinedBy) return;
    const one: Found = kind === "own" ? "blocked" : "goes";
    if (park !== undefined) park.found = stronger(park.found, one);
    found = stronger(found, one);
  }

  /** All of a namespace: the first to join stands for it. */
  function noteAll(kind: Block["kind"], queue: readonly Queued[]): void {
    const inTime = draft.mono <= joinedBy || queue.some(({ key }) => (itemOf(draft, key)?.joinedAt ?? 0) <= joinedBy);
    if (inTime) note(kind, 0);
  }

  return {
    found: () => found,
    skips(namespace, queue) {
      const block = namespaceBlock(draft, queue[0]!.key, blocking);
      if (block !== undefined) return (noteAll(block.kind, queue), true);
      const parked = draft.parked.get(namespace)?.get(stage);
      if (parked === undefined || !holdsStill(draft, parked, queue)) return false;
      wakeFor(draft, parked);
      found = stronger(found, parked.found);
      return true;
    },
    startNext(turn) {
      const park = parkingOf(parking, turn);
      const block = namespaceBlock(draft, turn.queue[0]!.key, blocking);
      if (block !== undefined) {
        noteAll(block.kind, turn.queue.slice(turn.next));
        turn.next = turn.queue.length;
        return false;
      }
      while (turn.next < turn.queue.length) {
        const item = itemOf(draft, turn.queue[turn.next++]!.key);
        if (item?.decision?.kind !== "outdated" || !draft.waiting.has(item.key)) continue;
        const own = ownBlock(draft, item, item.decision);
        if (own !== undefined) {
          note(own.kind, item.joinedAt, park);
          addTo(park, own);
          wakeFor(draft, own);
        } else {
          park.all = false;
          const kind = tryStart(draft, item, item.decision, blocking);
          note(kind === "started" ? "turn" : kind, item.joinedAt);
          if (kind === "started") return true;
        }
        if (trust) break;
      }
      if (turn.next >= turn.queue.length && park.all) remember(draft, stage, turn, park);
      return false;
    },
  };
}

function stronger(a: Found, b: Found): Found {
  return a === "goes" || b === "goes" ? "goes" : a === "blocked" ? a : b;
}

interface Parking {
  all: boolean;
  found: Found;
  until: number;
  untilClock: number;
}

function parkingOf(parking: Map<NamespaceKey, Parking>, { namespace }: Turn): Parking {
  let park = parking.get(namespace);
  if (park === undefined) {
    park = { all: true, found: "none", until: Number.POSITIVE_INFINITY, untilClock: Number.POSITIVE_INFINITY };
    parking.set(namespace, park);
  }
  return park;
}

function addTo(park: Parking, { until, untilClock }: Block): void {
  if (until !== undefined && until < park.until) park.until = until;
  if (untilClock !== undefined && untilClock < park.untilClock) park.untilClock = untilClock;
}

function remember(draft: Draft, stage: StageKey, turn: Turn, { found, until, untilClock }: Parking): void {
  const stages = new Map(draft.parked.get(turn.namespace));
  stages.set(stage, { queue: turn.queue, found, from: draft.now, until, untilClock });
  draft.parked.set(turn.namespace, stages);
}

function holdsStill(draft: Draft, { queue, from, until, untilClock }: Parked, now: readonly Queued[]): boolean {
  return queue === now && draft.mono < until && from <= draft.now && draft.now < untilClock;
}
