/** Undoes a scheduled call; without effect once it ran. */
export type Cancel = () => void;

/**
 * Time as a dependency. State machines and planners get times as inputs; whatever has to wait gets a clock, which tests
 * replace by `virtualClock`.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch: for what is written down. It may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back: for durations. */
  monotonic(): number;
  /** Calls once after `ms` milliseconds (at once for 0 or less, but never before this returns). */
  after(ms: number, callback: () => void): Cancel;
}
