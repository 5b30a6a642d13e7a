import type { Clock } from "@fairlead/apimachinery";

/** Tells those who wait for it when nothing is left to do. */
export interface Rest {
  /** Resolves when it is idle, and still is a moment later: one piece of work often makes the next. */
  settled(): Promise<void>;
  /** Something has ended: it may be idle now. */
  look(): void;
  /** Lets everybody go. */
  close(): void;
}

/** By then what follows from a piece of work has begun. */
const momentMs = 25;

export function createRest(clock: Clock, isIdle: () => boolean): Rest {
  const waiting = new Set<() => void>();
  let cancel: (() => void) | undefined;

  function look(): void {
    if (waiting.size === 0 || cancel !== undefined) return;
    cancel = clock.after(momentMs, () => {
      cancel = undefined;
      // If it is not, something runs, and whatever runs tells of its end.
      if (isIdle()) letGo();
    });
  }

  function letGo(): void {
    for (const go of waiting) go();
    waiting.clear();
  }

  return {
    settled() {
      const promise = new Promise<void>((resolve) => void waiting.add(resolve));
      look();
      return promise;
    },
    look,
    close() {
      cancel?.();
      cancel = undefined;
      letGo();
    },
  };
}
