import type { Log } from "../run/log.ts";

/** Stops when the user, or the system, says so. */
export function stopOn(signal: AbortSignal | undefined, log: Log, stop: () => Promise<void>): void {
  const end = (): void => {
    log.info({}, "stopping");
    void stop();
  };
  if (signal?.aborted === true) end();
  else signal?.addEventListener("abort", end, { once: true });
}
