import type { Cancel, Clock } from "./clock.ts";

/** A clock that stands still until it is told to move. */
export interface VirtualClock extends Clock {
  /** Moves on by `ms`, running what becomes due in order of time, then in order of scheduling. */
  advance(ms: number): void;
  /** Moves to the next scheduled call and runs what is due then; false if nothing is scheduled. */
  next(): boolean;
  /** Sets the time of day on or back by `ms`, as an administrator or NTP does; monotonic time and what is scheduled stay. */
  jump(ms: number): void;
  /** How many calls are scheduled. */
  readonly pending: number;
  /** Milliseconds until the next scheduled call; undefined if nothing is scheduled. */
  readonly nextIn: number | undefined;
}

interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Starts at `start` milliseconds since the epoch; its monotonic time starts at 0. */
export function virtualClock(start = 0): VirtualClock {
  const calls = new Set<Scheduled>();
  let elapsed = 0;
  let offset = start;
  let order = 0;

  function earliest(): Scheduled | undefined {
    let first: Scheduled | undefined;
    for (const call of calls) {
      if (first === undefined || call.at < first.at || (call.at === first.at && call.order < first.order)) first = call;
    }
    return first;
  }

  /** Also runs what these calls schedule, if it is due by then. */
  function runUntil(end: number): void {
    for (let call = earliest(); call !== undefined && call.at <= end; call = earliest()) {
      elapsed = Math.max(elapsed, call.at);
      calls.delete(call);
      call.callback();
    }
    elapsed = Math.max(elapsed, end);
  }

  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    after(ms, callback): Cancel {
      const call = { at: elapsed + Math.max(0, ms), order: order++, callback };
      calls.add(call);
      return () => void calls.delete(call);
    },
    advance: (ms) => runUntil(elapsed + ms),
    next() {
      const call = earliest();
      if (call === undefined) return false;
      runUntil(call.at);
      return true;
    },
    jump: (ms) => void (offset += ms),
    get pending() {
      return calls.size;
    },
    get nextIn() {
      const call = earliest();
      return call === undefined ? undefined : Math.max(0, call.at - elapsed);
    },
  };
}
