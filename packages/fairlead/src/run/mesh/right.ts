import type { LeaderElection } from "@fairlead/kube";
import type { Partition } from "../manager.ts";
import { rightOf, soleRight, type Right } from "../gate.ts";
import { errorFields, type Log } from "../log.ts";

export interface RightOptions {
  readonly election?: LeaderElection;
  readonly partition?: Partition;
  readonly log: Log;
  /** `mayWrite` may say yes where it said no. */
  readonly onChange: () => void;
  /** Resolves when nothing is written any more. */
  readonly drained: () => Promise<unknown>;
}

/** By what right this process writes: alone, as the leader, or for its share of the keys. */
export interface WriteRight {
  mayWrite(key: string): boolean;
  isHeld(): boolean;
  /** Gives the lease up. */
  close(): Promise<void>;
  /** Resolves when it is over; rejects if the election failed for good. */
  readonly ended: Promise<void>;
}

export function createRight({ election, partition, log, onChange, drained }: RightOptions): WriteRight {
  const leave = new AbortController();
  let right: Right | undefined = election === undefined ? soleRight(leave.signal) : undefined;
  const unsubscribe = partition?.onChange(onChange);
  const isHeld = (): boolean => right?.held() === true;
  const ended =
    election?.run(async (leadership) => {
      log.info({ term: leadership.term }, "leading");
      right = rightOf(leadership);
      onChange();
      await aborted(leadership.signal);
      right = undefined;
      await drained();
      log.info({ term: leadership.term }, "no longer leading");
    }, leave.signal) ?? aborted(leave.signal);
  return {
    // What was begun for a key goes on while its next owner waits for it.
    mayWrite: (key) => isHeld() && (partition === undefined || partition.owns(key) || partition.mayGoOn(key)),
    isHeld,
    async close() {
      unsubscribe?.();
      leave.abort();
      await ended.catch((error: unknown) => log.error({ error: errorFields(error) }, "leader election failed"));
    },
    ended,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
