import type { Clock } from "@fairlead/apimachinery";

/** The machine's clock. Its timers do not keep a process alive: what waits for them does. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.max(0, ms));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
