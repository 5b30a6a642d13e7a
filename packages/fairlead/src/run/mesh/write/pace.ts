/** Holds back writes to an object that somebody else keeps changing, or that is to be another one all the time. */
export interface Pace {
  /** Somebody else changed, or deleted, the object: the next write puts it back. */
  changed(id: string): void;
  /** Milliseconds until the object may be written; 0: now, and it is counted. */
  take(id: string): number;
  /** Whether the object is held back now. */
  isHeld(id: string): boolean;
}

/** How often an object is put back within a minute until that is unusual. */
const usual = 10;
/**
 * What its key wants of it may change more often, step by step: shares that move every second, the clusters of a fleet that
 * come one after the other.
 */
const changesPerRepair = 12;
const windowMs = 60_000;
const firstDelayMs = 2_000;
const longestDelayMs = 300_000;
/** Old entries are looked for when there are more. */
const mostRemembered = 4_096;

interface Entry {
  since: number;
  /** In changes; a repair is as many as `changesPerRepair`. */
  writes: number;
  isRepair: boolean;
  delayMs: number;
  heldUntil: number;
}

/** `now`: milliseconds that never go back. */
export function createPace(now: () => number): Pace {
  const entries = new Map<string, Entry>();

  function prune(at: number): void {
    for (const [id, { since, heldUntil, delayMs }] of entries) {
      if (at - since > windowMs && at > heldUntil + 2 * delayMs) entries.delete(id);
    }
  }

  return {
    changed(id) {
      const entry = entries.get(id);
      if (entry !== undefined) entry.isRepair = true;
    },
    take(id) {
      const at = now();
      if (entries.size > mostRemembered) prune(at);
      const entry = entries.get(id) ?? { since: at, writes: 0, isRepair: false, delayMs: 0, heldUntil: 0 };
      entries.set(id, entry);
      if (at < entry.heldUntil) return entry.heldUntil - at;
      // Left alone for long enough, it starts afresh.
      if (entry.delayMs > 0 && at > entry.heldUntil + windowMs)
        Object.assign(entry, { delayMs: 0, since: at, writes: 0 });
      if (at - entry.since > windowMs && entry.delayMs === 0) Object.assign(entry, { since: at, writes: 0 });
      entry.writes += entry.isRepair ? changesPerRepair : 1;
      entry.isRepair = false;
      if (entry.writes > usual * changesPerRepair) {
        entry.delayMs = Math.min(longestDelayMs, Math.max(firstDelayMs, entry.delayMs * 2));
        entry.heldUntil = at + entry.delayMs;
      }
      return 0;
    },
    isHeld: (id) => now() < (entries.get(id)?.heldUntil ?? 0),
  };
}
