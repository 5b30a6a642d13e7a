import type { Cancel, Clock } from "@fairlead/apimachinery";

/** Something that has to be over by a time. */
export interface Deadline {
  readonly endsAt: number;
  readonly late: () => void;
}

/**
 * Many deadlines on one timer. Each request has two of them and hardly any ever passes: adding and removing one costs no
 * more than a set does.
 */
export interface Deadlines {
  /** Calls `late` once, when `ms` have passed and it was not removed. */
  add(ms: number, late: () => void): Deadline;
  remove(deadline: Deadline | undefined): void;
}

export function createDeadlines(clock: Clock): Deadlines {
  const all = new Set<Deadline>();
  let wakesAt = Infinity;
  let cancel: Cancel | undefined;

  function wake(): void {
    wakesAt = Infinity;
    const now = clock.monotonic();
    let next = Infinity;
    for (const deadline of all) {
      if (deadline.endsAt > now) {
        next = Math.min(next, deadline.endsAt);
      } else {
        all.delete(deadline);
        deadline.late();
      }
    }
    if (next < wakesAt) wakeAt(next, now);
  }

  function wakeAt(time: number, now: number): void {
    cancel?.();
    wakesAt = time;
    cancel = clock.after(time - now, wake);
  }

  return {
    add(ms, late) {
      const now = clock.monotonic();
      const deadline = { endsAt: now + ms, late };
      all.add(deadline);
      if (deadline.endsAt < wakesAt) wakeAt(deadline.endsAt, now);
      return deadline;
    },
    remove(deadline) {
      if (deadline !== undefined) all.delete(deadline);
    },
  };
}
