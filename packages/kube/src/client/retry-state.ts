import type { KubeErrorCode } from "../errors.ts";

/** What went wrong with one attempt. */
export interface Failure {
  readonly code: KubeErrorCode;
  readonly httpStatus?: number | undefined;
  /** What the server asks for with `Retry-After`. */
  readonly retryAfterMs?: number | undefined;
  /** The server has certainly not seen it. */
  readonly unsent: boolean;
}

export interface RetryState {
  /** Attempts that failed. */
  readonly attempts: number;
}

export interface RetryInput {
  /** GET and the like: it may be sent twice. */
  readonly isRead: boolean;
  readonly failure: Failure;
  /** Until the deadline; Infinity without one. */
  readonly remainingMs: number;
  /** From 0 up to 1. */
  readonly random: number;
}

export type RetryDecision =
  | { readonly kind: "wait"; readonly ms: number; readonly state: RetryState }
  | { readonly kind: "give-up" };

export const initialRetryState: RetryState = { attempts: 0 };

/** As client-go's: the server said when, so it is patient. */
const mostWhenAsked = 10;
const mostOtherwise = 4;
const firstDelayMs = 100;
const mostDelayMs = 5_000;
const transient = new Set([500, 502, 503, 504]);

/**
 * Whether to try again, and when. An answer with `Retry-After` was refused before anything was done, so it is safe for
 * every verb, as is what was never sent. Whatever else may have been done is repeated only if it reads. A wait that
 * would reach the deadline is not begun: the caller learns the reason instead of a timeout.
 */
export function decideRetry(state: RetryState, input: RetryInput): RetryDecision {
  const { failure, remainingMs, random } = input;
  const attempts = state.attempts + 1;
  const asked = wantsRetry(failure) ? failure.retryAfterMs : undefined;
  if (asked === undefined && !isTransient(failure, input.isRead)) return { kind: "give-up" };
  if (attempts >= (asked === undefined ? mostOtherwise : mostWhenAsked)) return { kind: "give-up" };
  const backOff = Math.min(mostDelayMs, firstDelayMs * 2 ** (attempts - 1));
  // Jitter only adds to what the server asked for: everybody was told the same second.
  const ms = asked === undefined ? backOff * (0.5 + random / 2) : asked + backOff * random;
  return ms >= remainingMs ? { kind: "give-up" } : { kind: "wait", ms, state: { attempts } };
}

function wantsRetry({ httpStatus, retryAfterMs }: Failure): boolean {
  return retryAfterMs !== undefined && httpStatus !== undefined && (httpStatus === 429 || httpStatus >= 500);
}

function isTransient(failure: Failure, isRead: boolean): boolean {
  if (failure.code === "connection") return isRead || failure.unsent;
  return isRead && failure.httpStatus !== undefined && transient.has(failure.httpStatus);
}
