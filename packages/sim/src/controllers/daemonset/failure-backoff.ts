/** How long a failed pod of a node is left alone: 1 s, 2 s, 4 s … up to 15 min between deletions. */
export interface FailureBackoff {
  /** Milliseconds until the key may be acted on again; 0 if at once. */
  wait(key: string, now: number): number;
  next(key: string, now: number): void;
}

const firstMs = 1000;
const longestMs = 900_000;

export function failureBackoff(): FailureBackoff {
  const entries = new Map<string, { readonly delayMs: number; readonly since: number }>();

  function forget(now: number): void {
    for (const [key, { since }] of entries) if (now - since > 2 * longestMs) entries.delete(key);
  }

  return {
    wait(key, now) {
      const entry = entries.get(key);
      return entry === undefined ? 0 : Math.max(0, entry.since + entry.delayMs - now);
    },
    next(key, now) {
      forget(now);
      const before = entries.get(key);
      entries.set(key, {
        delayMs: before === undefined ? firstMs : Math.min(2 * before.delayMs, longestMs),
        since: now,
      });
    },
  };
}
