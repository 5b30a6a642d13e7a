import type { Clock } from "@fairlead/apimachinery";
import { isKubeError } from "../errors.ts";
import { pause } from "../wait/pause.ts";
import { isPassing } from "../wait/watch-objects.ts";
import { isMalformed } from "./step-finding.ts";

export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const attempts = 4;
const firstPauseMs = 200;

/**
 * Repeats a write that may be repeated (server-side apply, a deletion) when the connection or the server failed it:
 * the client itself repeats only what the server has certainly not seen.
 */
export async function retryPassing<T>(work: () => Promise<T>, { clock, signal }: Patience): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || signal.aborted || isMalformed(error) || !isPassing(error)) throw error;
      const asked = isKubeError(error) ? error.retryAfterMs : undefined;
      await pause(clock, asked ?? firstPauseMs * 2 ** (attempt - 1), signal);
    }
  }
}

const settleMs = 10_000;
const settlePauseMs = 100;

/** Repeats while the server only has to catch up with what was just written, for ten seconds at most. */
export async function retryWhile<T>(
  work: () => Promise<T>,
  isEarly: (error: unknown) => boolean,
  { clock, signal }: Patience,
): Promise<T> {
  const end = clock.monotonic() + settleMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || clock.monotonic() >= end || !isEarly(error)) throw error;
      await pause(clock, settlePauseMs, signal);
    }
  }
}
