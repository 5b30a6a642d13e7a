import type { Clock } from "@fairlead/apimachinery";

/**
 * The machine's clock. Connections need it whatever clock the cluster runs on: who waits at the other end of a socket
 * lives in real time. Its timers do not keep a process alive.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.max(0, ms));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
