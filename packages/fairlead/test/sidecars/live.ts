/** Clusters and controllers on a clock that a test moves. */
import { setTimeout as wait } from "node:timers/promises";
import { virtualClock, type VirtualClock } from "@fairlead/apimachinery";
import type { Sidecars } from "../../src/run/sidecars/sidecars.ts";

export interface Live {
  readonly clock: VirtualClock;
  /** Lets time pass until it is so. Fails after forty seconds of the machine's. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Lets so much time pass, with turns for everybody. */
  pass(ms: number, stepMs?: number): Promise<void>;
  /** Until everything is done and written down. */
  rest(one: Sidecars): Promise<void>;
  stopped(...controllers: readonly Sidecars[]): Promise<void>;
}

export function live(): Live {
  const clock = virtualClock(Math.floor(Date.now() / 1000) * 1000);
  const time: Live = {
    clock,
    async until(what, condition) {
      const deadline = performance.now() + 40_000;
      while (!(await condition())) {
        if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
        clock.advance(20);
        await wait(2);
      }
    },
    async pass(ms, stepMs = 1_000) {
      for (let left = ms; left > 0; left -= stepMs) {
        clock.advance(Math.min(left, stepMs));
        await wait(1);
      }
    },
    async rest(one) {
      const isOver = (): boolean =>
        one.isIdle() && (one.status().progress?.underWay ?? 1) + (one.status().progress?.waiting ?? 1) === 0;
      for (let quiet = 0; quiet < 5; quiet++) {
        await time.until("rest", isOver);
        await time.pass(100, 20);
        if (!isOver()) quiet = 0;
      }
    },
    async stopped(...controllers) {
      let isOver = false;
      void Promise.all(controllers.map((one) => one.stop())).then(() => (isOver = true));
      await time.until("the end", () => isOver);
    },
  };
  return time;
}
