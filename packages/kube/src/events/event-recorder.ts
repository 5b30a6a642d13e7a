import { createHash } from "node:crypto";
import type { Cancel, Clock } from "@fairlead/apimachinery";
import type { Client } from "../client/client.ts";
import { isKubeError } from "../errors.ts";
import { eventKey, eventObject, events, seriesPatch, type Reporter } from "./event-object.ts";
import {
  defaultEventLimits,
  dueSeries,
  initialEvents,
  nextDue,
  recordEvent,
  type EventLimits,
  type Series,
} from "./events-state.ts";
import type { EventRecorder } from "./recorder.ts";

export interface EventRecorderOptions {
  /** `fairlead.dev/workloads`. */
  readonly component: string;
  /** Which process: the pod's name. */
  readonly instance: string;
  readonly clock: Clock;
  readonly limits?: Partial<EventLimits>;
}

export type EventClient = Pick<Client, "create" | "patch">;

/** Writes that may wait; further ones are dropped. */
const mostWaiting = 1_000;
/** How often a write is tried, and how long after the first failure the second try comes. */
const tries = 3;
const firstPauseMs = 1_000;
const deadlineMs = 10_000;

/** Writes one Event at a time, so that a server in trouble is not asked for more. */
export function createEventRecorder(client: EventClient, options: EventRecorderOptions): EventRecorder {
  const { clock } = options;
  const limits: EventLimits = { ...defaultEventLimits, ...options.limits };
  const state = initialEvents();
  // Of processes and of starts of one process, so that no Event is written by two.
  const process = createHash("sha256").update(options.instance).digest("hex").slice(0, 8);
  const suffix = `${process}${Math.floor(clock.now()).toString(16)}.`;
  const reporter: Reporter = { component: options.component, instance: options.instance, suffix };
  /** By series, the latest count only. */
  const waiting = new Map<string, Series>();
  const created = new Set<string>();
  let writing: Promise<void> | undefined;
  let dropped = 0;
  let cancelWake: Cancel | undefined;
  let wakeAt = Infinity;
  /** While somebody waits for the end, nothing is tried again. */
  let hurried = false;

  const id = (series: Series) => eventKey(series, reporter);

  function enqueue(series: Series): void {
    const { namespace, name } = id(series);
    if (waiting.size >= mostWaiting && !waiting.has(`${namespace}/${name}`)) {
      dropped++;
      return;
    }
    waiting.set(`${namespace}/${name}`, series);
    writing ??= work().finally(() => (writing = undefined));
  }

  async function work(): Promise<void> {
    for (let next = first(waiting); next !== undefined; next = first(waiting)) {
      waiting.delete(next[0]);
      await write(next[0], next[1]);
    }
  }

  async function write(name: string, series: Series): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        if (series.count > 1 && created.has(name)) {
          await client.patch(events, id(series), seriesPatch(series), { type: "merge", deadlineMs });
        } else {
          await client.create(events, eventObject(series, reporter), { deadlineMs });
          remember(created, name);
        }
        return;
      } catch (error) {
        // Events expire after an hour; a create whose answer was lost has been done.
        const gone = isKubeError(error, "not-found") && created.delete(name);
        const done = isKubeError(error, "already-exists") && attempt > 1;
        if (done) remember(created, name);
        if (done && series.count === 1) return;
        if (attempt >= tries || (!gone && !done && (hurried || !isTransient(error)))) {
          dropped++;
          return;
        }
        if (!gone && !done) await pause(firstPauseMs * 2 ** (attempt - 1));
      }
    }
  }

  let endPause: (() => void) | undefined;
  function pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(ms, resolve);
    endPause = () => {
      cancel();
      resolve();
    };
    return promise;
  }

  function schedule(): void {
    const at = nextDue(state, limits);
    if (at >= wakeAt) return;
    cancelWake?.();
    wakeAt = at;
    // A series without a budget is due all the time: it is looked at again when there may be one.
    cancelWake = clock.after(Math.max(1_000, at - clock.now()), () => {
      wakeAt = Infinity;
      for (const series of dueSeries(state, clock.now(), limits)) enqueue(series);
      schedule();
    });
  }

  return {
    record(object, event) {
      const recorded = recordEvent(state, object, event, clock.now(), limits);
      if (recorded.kind === "write") enqueue(recorded.series);
      else if (recorded.kind === "dropped") dropped++;
      else schedule();
    },
    async flush() {
      cancelWake?.();
      wakeAt = Infinity;
      hurried = true;
      try {
        for (const series of dueSeries(state, clock.now(), limits, true)) enqueue(series);
        endPause?.();
        await writing;
      } finally {
        hurried = false;
      }
    },
    get dropped() {
      return dropped;
    },
  };

  function remember(names: Set<string>, name: string): void {
    names.add(name);
    if (names.size > limits.remembered) {
      const [oldest] = names;
      names.delete(oldest!);
    }
  }
}

function first<K, V>(map: ReadonlyMap<K, V>): [K, V] | undefined {
  for (const entry of map) return entry;
  return undefined;
}

function isTransient(error: unknown): boolean {
  return isKubeError(
    error,
    "connection",
    "deadline",
    "protocol",
    "tls",
    "unavailable",
    "server-timeout",
    "server-error",
    "too-many-requests",
  );
}
