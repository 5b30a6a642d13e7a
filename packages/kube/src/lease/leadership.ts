/** client-go's names and defaults: 15 s, 10 s, 2 s. */
export interface LeaseTimings {
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

export const defaultLeaseTimings: LeaseTimings = {
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
};

export interface Leadership {
  /** Aborts when leadership is lost or given up: everything that writes takes it. */
  readonly signal: AbortSignal;
  /** The lease's `leaseTransitions`: larger for each new leader. For fencing. */
  readonly term: number;
  /**
   * Whether it is held at this moment, by the clock. A process that was stopped and goes on may ask before its timers
   * have aborted the signal: ask before a step that writes.
   */
  held(): boolean;
}

/**
 * Runs `lead` while this process holds the Lease. It aborts `signal` no later than `renewDeadlineMs` after the last
 * renewal that went well, which is before anybody else may take over; and it gives the lease up when it stops.
 */
export interface LeaderElection {
  /**
   * Takes part until the signal aborts, or `lead` ends by itself; resolves after `lead` has ended and the lease is given
   * up, rejects with what `lead` threw. After a loss it takes part again once `lead` has ended.
   */
  run(lead: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Who leads as far as is known. */
  holder(): string | undefined;
}
