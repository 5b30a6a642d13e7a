import type { Clock } from "@fairlead/apimachinery";

/** Waits for something that is ending, however it ends, but not longer than some milliseconds. */
export function within(clock: Clock, ms: number, ending: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  const end = (): void => resolve();
  void ending.then(end, end);
  return promise.finally(cancel);
}
