import type { Clock, JsonObject } from "@fairlead/apimachinery";
import type { Store, StoreEvent } from "../store/store.ts";
import type { Api, Controller, ControllerContext, ControllerWatch } from "./controller.ts";
import { eventRecorder } from "./event-recorder.ts";
import { workQueue, type WorkQueue } from "./work-queue.ts";

/** What a reconciliation threw, which is called again with back-off; or writing an Event (`key` is empty). */
export interface ControllerProblem {
  readonly controller: string;
  readonly key: string;
  readonly error: unknown;
}

export interface ControllersInput {
  readonly store: Store;
  readonly api: Api;
  readonly clock: Clock;
  /** In [0, 1), from the cluster's seed. */
  readonly random: () => number;
  /**
   * Calls back in a later turn: what controllers do next waits for it. The event loop's (`nextTurn`) lets requests be
   * answered while there is much to do; microtasks unless told.
   */
  readonly defer?: (callback: () => void) => void;
  /** Looks at what is stored in a later turn: with many objects that takes a while. */
  readonly looksLater?: boolean;
  readonly onError?: (problem: ControllerProblem) => void;
}

export interface RunningControllers {
  /** Takes no further key; what runs now runs to its end. */
  stop(): void;
  /** Resolves when nothing is queued or running at the present moment of the clock; later visits may be pending. */
  settled(): Promise<void>;
  readonly busy: boolean;
}

interface Loop {
  readonly controller: Controller;
  readonly queue: WorkQueue;
  working: boolean;
}

/**
 * Runs control loops: each takes one key at a time, in the order in which changes of the store name them. With a clock
 * that a test moves, the same changes lead to the same writes in the same order: loops take turns in the order in which
 * they became ready, and nothing else is asked for time or randomness.
 */
export function startControllers(controllers: readonly Controller[], input: ControllersInput): RunningControllers {
  const { store, api, clock, random, onError, defer = queueMicrotask } = input;
  const waiters: (() => void)[] = [];
  let stopped = false;

  const recorder = eventRecorder({
    api,
    clock,
    defer,
    onIdle: notify,
    onError: (controller, error) => onError?.({ controller, key: "", error }),
  });
  const loops = controllers.map((controller) => {
    const loop: Loop = { controller, queue: workQueue(clock, () => wake(loop)), working: false };
    return loop;
  });
  const byCollection = new Map<string, { readonly loop: Loop; readonly watch: ControllerWatch }[]>();
  for (const loop of loops) {
    for (const watch of loop.controller.watches) {
      const there = byCollection.get(watch.collection);
      if (there === undefined) byCollection.set(watch.collection, [{ loop, watch }]);
      else there.push({ loop, watch });
    }
  }

  let hasLooked = false;
  const busy = (): boolean => !hasLooked || recorder.busy || loops.some(({ queue, working }) => working || !queue.idle);

  function notify(): void {
    if (waiters.length > 0 && (stopped || !busy())) for (const waiter of waiters.splice(0)) waiter();
  }

  function wake(loop: Loop): void {
    if (loop.working || stopped) return;
    loop.working = true;
    defer(() => void turn(loop));
  }

  async function turn(loop: Loop): Promise<void> {
    const key = stopped ? undefined : loop.queue.take();
    if (key !== undefined) await visit(loop, key);
    loop.working = false;
    if (!stopped && !loop.queue.idle) wake(loop);
    else notify();
  }

  async function visit({ controller, queue }: Loop, key: string): Promise<void> {
    const context: ControllerContext = {
      api,
      now: clock.now(),
      random,
      event: (object, type, reason, message) => recorder.record(controller.name, object, type, reason, message),
    };
    try {
      const outcome = await controller.reconcile(key, context);
      queue.done(key, outcome === undefined ? { kind: "none" } : { kind: "after", ms: outcome.afterMs });
    } catch (error) {
      queue.done(key, { kind: "failed" });
      onError?.({ controller: controller.name, key, error });
    }
  }

  function enqueue(
    { loop, watch }: { readonly loop: Loop; readonly watch: ControllerWatch },
    { collection, kind }: Pick<StoreEvent, "collection" | "kind">,
    object: JsonObject,
    previous: JsonObject | undefined,
  ): void {
    const change = { collection, kind, api, ...(previous === undefined ? {} : { previous }) };
    for (const key of watch.keys(object, change)) loop.queue.add(key);
  }

  const unsubscribe = store.subscribe((event) => {
    const { collection, stored, previous } = event;
    for (const one of byCollection.get(collection) ?? []) enqueue(one, event, stored.object, previous?.object);
    for (const one of byCollection.get("*") ?? []) enqueue(one, event, stored.object, previous?.object);
  });
  // Each object once for all who watch it: reading it costs more than telling of it.
  function look(): void {
    for (const collection of stopped ? [] : store.collections()) {
      const watchers = [...(byCollection.get(collection) ?? []), ...(byCollection.get("*") ?? [])];
      if (watchers.length === 0) continue;
      for (const { object } of store.range(collection)) {
        for (const one of watchers) enqueue(one, { collection, kind: "added" }, object, undefined);
      }
    }
    hasLooked = true;
    notify();
  }
  if (input.looksLater === true) defer(look);
  else look();

  const detach = loops.map(({ controller, queue }) => controller.attach?.((key) => queue.add(key)));

  return {
    stop() {
      stopped = true;
      unsubscribe();
      for (const one of detach) one?.();
      for (const { queue } of loops) queue.stop();
      recorder.stop();
      notify();
    },
    settled: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        defer(notify);
      }),
    get busy() {
      return busy();
    },
  };
}
