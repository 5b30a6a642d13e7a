/** How long to wait after failures: doubling from the first delay up to the longest. */
export interface Backoff {
  /** Milliseconds after the first failure. */
  readonly baseMs: number;
  /** Never longer than this. */
  readonly maxMs: number;
}

/**
 * Milliseconds to wait after so many failures in a row (1 is the first). `roll`, from 0 to below 1, takes away up to
 * half: those who failed together come back apart.
 */
export function backoffMs({ baseMs, maxMs }: Backoff, failures: number, roll = 0): number {
  // 2 ** 1100 is Infinity, which the minimum turns into maxMs.
  const full = Math.min(maxMs, baseMs * 2 ** Math.max(0, failures - 1));
  return full * (1 - roll / 2);
}
