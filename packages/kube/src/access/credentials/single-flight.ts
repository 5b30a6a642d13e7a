import { KubeError } from "../../errors.ts";

/** Runs `work` once for all who ask while it runs. */
export interface SingleFlight<T> {
  /**
   * Joins the run, or starts one. When `signal` aborts, only this caller stops waiting; the work itself is aborted when
   * nobody waits any more.
   */
  join(signal?: AbortSignal): Promise<T>;
}

export function singleFlight<T>(work: (signal: AbortSignal) => Promise<T>): SingleFlight<T> {
  let flight: { readonly promise: Promise<T>; readonly abort: AbortController; waiting: number } | undefined;

  function start(): NonNullable<typeof flight> {
    const abort = new AbortController();
    const started = { promise: work(abort.signal), abort, waiting: 0 };
    const end = (): void => {
      if (flight === started) flight = undefined;
    };
    started.promise.then(end, end);
    flight = started;
    return started;
  }

  return {
    async join(signal) {
      if (signal?.aborted === true) throw aborted(signal);
      const joined = flight ?? start();
      joined.waiting++;
      try {
        return await (signal === undefined ? joined.promise : orAborted(joined.promise, signal));
      } finally {
        joined.waiting--;
        if (joined.waiting === 0 && flight === joined) {
          // It has not ended, so the last one who waited has left.
          flight = undefined;
          joined.abort.abort();
        }
      }
    },
  };
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(aborted(signal));
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

function aborted(signal: AbortSignal): KubeError {
  return new KubeError("aborted", "the wait for credentials was aborted", { cause: signal.reason });
}
