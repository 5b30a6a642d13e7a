import { KubeError, systemClock } from "@fairlead/kube";
import type { CliContext } from "../context.ts";

/** The time that a command has for all that it does in a cluster. */
export interface Deadline {
  /** What is left, in whole milliseconds; 1 when nothing is. */
  leftMs(): number;
  /**
   * Does what writes nothing: it is given up when the time is over, whatever it waits for, or when the user interrupts.
   * @throws {KubeError} `deadline` when the time is over.
   */
  within<T>(cluster: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export function startDeadline(context: CliContext, ms: number): Deadline {
  const clock = context.clock ?? systemClock;
  const end = clock.monotonic() + ms;
  const leftMs = (): number => Math.max(1, Math.ceil(end - clock.monotonic()));
  return {
    leftMs,
    async within(cluster, work) {
      const over = new AbortController();
      const interrupted = context.interrupted?.();
      const signal = interrupted === undefined ? over.signal : AbortSignal.any([over.signal, interrupted]);
      let cancel: (() => void) | undefined;
      const late = new Promise<never>((_, reject) => {
        cancel = clock.after(leftMs(), () => {
          const message = `${cluster}: --timeout was over before the cluster had been read; nothing was written`;
          reject(new KubeError("deadline", message, { cluster }));
          over.abort();
        });
      });
      try {
        return await Promise.race([late, work(signal)]);
      } finally {
        cancel?.();
      }
    },
  };
}
