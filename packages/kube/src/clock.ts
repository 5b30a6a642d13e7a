import type { Cancel, Clock } from "@fairlead/apimachinery";

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

/** The longest that a timer of Node can be set for. */
const forever = 2 ** 31 - 1;

/** Keeps the process alive while something waits for a timer of the clock and nothing else is open; call what it returns. */
export function holdProcess(): Cancel {
  const timer = setInterval(() => {}, forever);
  return () => clearInterval(timer);
}
