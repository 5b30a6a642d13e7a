import type { Snapshot, StoreEvent } from "./store.ts";
import { deleteStored, forkState, readState, setStored, type State } from "./state.ts";

/** How many rebuilt states are kept: as many lists in pages can go on at a time without rebuilding. */
const kept = 16;

/** States that have been, rebuilt by undoing events. */
export interface PastStates {
  /** `state` as it was at `revision`; `since` gives all events after it. */
  at(state: State, revision: number, since: (revision: number) => readonly StoreEvent[]): Snapshot;
  /** Forgets what is older. */
  compact(revision: number): void;
}

export function createPastStates(): PastStates {
  /** By revision; the first is the one that was not asked for the longest. */
  const states = new Map<number, State>();

  return {
    at(now, revision, since) {
      let state = states.get(revision);
      states.delete(revision);
      if (state === undefined) {
        state = forkState(now);
        for (const event of since(revision).toReversed()) undo(state, event);
        state.revision = revision;
      }
      states.set(revision, state);
      for (const oldest of states.keys()) {
        if (states.size <= kept) break;
        states.delete(oldest);
      }
      return readState(state);
    },
    compact(oldest) {
      for (const revision of states.keys()) if (revision < oldest) states.delete(revision);
    },
  };
}

function undo(state: State, { collection, stored, previous }: StoreEvent): void {
  if (previous === undefined) deleteStored(state, collection, stored.key);
  else setStored(state, collection, previous);
}
