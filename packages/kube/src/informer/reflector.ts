import { type Clock, type JsonValue, parseJson } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client, ListOptions, ObjectList } from "../client/client.ts";
import { readList } from "../client/read-list.ts";
import { holdProcess } from "../clock.ts";
import { KubeError } from "../errors.ts";
import { readHead } from "./cut-list.ts";
import type { Change, InformerScope, InformerStatus } from "./informer.ts";
import type { ReflectorEffect, ReflectorInput } from "./reflector-machine.ts";
import { initialReflectorState, step } from "./reflector-state.ts";
import { defaultTimings, type ReflectorTimings } from "./reflector-timings.ts";
import type { ObjectStore } from "./store.ts";

export interface ReflectorOptions {
  readonly client: Client;
  readonly scope: InformerScope;
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly onChanges: (changes: readonly Change[]) => void;
  /** The status has changed in more than its resourceVersion. */
  readonly onStatus: (status: InformerStatus) => void;
  readonly timings?: Partial<ReflectorTimings>;
}

/** Keeps a store current. */
export interface Reflector {
  status(): InformerStatus;
  /** Resolves when nothing is being read any more. */
  stop(): Promise<void>;
}

type Happened = ReflectorInput extends infer I ? (I extends ReflectorInput ? Omit<I, "at" | "roll"> : never) : never;

/** Starts at once: the first request is on its way when this returns. */
export function startReflector(options: ReflectorOptions): Reflector {
  const { client, scope, store, clock, random, onChanges, onStatus } = options;
  const timings: ReflectorTimings = { ...defaultTimings, ...options.timings };
  /** What is on the clock's wall when its monotonic time is 0. */
  const epoch = clock.now() - clock.monotonic();
  let state = initialReflectorState(timings);
  let told = statusNow();
  let reading: AbortController | undefined;
  const running = new Set<Promise<void>>();
  let cancelTimer = (): void => {};
  const inbox: Happened[] = [];
  let busy = false;

  function statusNow(): InformerStatus {
    const { synced, staleSince, resourceVersion, error, lists, watches } = state;
    return {
      synced,
      ...(staleSince === undefined ? {} : { staleSince: Math.round(epoch + staleSince) }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(error === undefined ? {} : { error }),
      lists,
      watches,
    };
  }

  /** One at a time: a listener may call back into what leads here. */
  function dispatch(happened: Happened): void {
    inbox.push(happened);
    if (busy) return;
    busy = true;
    try {
      for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) {
        const taken = step(state, { ...next, at: clock.monotonic(), roll: random() } as ReflectorInput, timings);
        state = taken.state;
        for (const effect of taken.effects) perform(effect);
        tell();
      }
    } finally {
      busy = false;
    }
  }

  function tell(): void {
    if (
      told.synced === state.synced &&
      (told.staleSince === undefined) === (state.staleSince === undefined) &&
      told.error === state.error &&
      told.lists === state.lists &&
      told.watches === state.watches
    ) {
      return;
    }
    told = statusNow();
    onStatus(told);
  }

  function perform(effect: ReflectorEffect): void {
    switch (effect.kind) {
      case "stream":
        return read(effect.attempt, (signal) => watch(effect.attempt, signal, effect.timeoutSeconds));
      case "watch":
        return read(effect.attempt, (signal) =>
          watch(effect.attempt, signal, effect.timeoutSeconds, effect.resourceVersion),
        );
      case "list":
        return read(effect.attempt, (signal) => page(effect.attempt, signal, effect.limit, effect.continue));
      case "cancel":
        reading?.abort();
        return;
      case "timer":
        cancelTimer();
        cancelTimer =
          effect.at === undefined
            ? () => {}
            : clock.after(effect.at - clock.monotonic(), () => dispatch({ kind: "wake" }));
        return;
      case "begin":
        return store.begin();
      case "collect":
        try {
          return store.collect(effect.items);
        } catch (error) {
          // A page that cannot be read: the next one is on its way already.
          inbox.push({ kind: "failed", attempt: state.attempt, error: asKubeError(error) });
          return;
        }
      case "uncollect":
        return store.uncollect(effect.object);
      case "commit":
        return onChanges(store.commit());
      case "discard":
        return store.discard();
      case "put":
        return onChanges(store.put(effect.object));
      case "remove":
        return onChanges(store.remove(effect.object));
    }
  }

  function read(attempt: number, body: (signal: AbortSignal) => Promise<void>): void {
    const controller = new AbortController();
    reading = controller;
    const promise = body(controller.signal)
      .catch((error: unknown) => dispatch({ kind: "failed", attempt, error: asKubeError(error) }))
      .finally(() => running.delete(promise));
    running.add(promise);
  }

  const { namespace, labelSelector, fieldSelector } = scope;
  const selection = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };

  /** A streaming list when there is no version to go on from. */
  async function watch(attempt: number, signal: AbortSignal, timeoutSeconds: number, version?: string): Promise<void> {
    const from = version === undefined ? { sendInitialEvents: true } : { resourceVersion: version };
    const onOpen = (): void => dispatch({ kind: "opened", attempt });
    const events = client.watch(scope.resource, { ...selection, ...from, timeoutSeconds, signal, onOpen });
    for await (const event of events) {
      if (signal.aborted) return;
      if (event.type !== "BOOKMARK") checkVersion(event.object);
      dispatch({ kind: "event", attempt, event });
    }
    dispatch({ kind: "ended", attempt });
  }

  async function page(attempt: number, signal: AbortSignal, limit: number, token?: string): Promise<void> {
    const first: ListOptions = { ...selection, limit, signal, deadlineMs: timings.pageMs };
    const listing = token === undefined ? first : { ...first, continue: token };
    if (client.listBytes === undefined) {
      return tellPage(attempt, await client.list(scope.resource, listing));
    }
    const bytes = await client.listBytes(scope.resource, listing);
    if (bytes.length < timings.cutFromBytes) return tellPage(attempt, readList(parse(bytes), scope.resource));
    const list = readHead(bytes);
    const { resourceVersion, continue: next } = list;
    const bytesPerItem = bytes.length / limit;
    // Others are cut while the server works on the next one; the last one must be readable before the list counts.
    const cut = next === undefined ? [...store.cut(list)] : store.cut(list);
    const more = next === undefined ? {} : { continue: next };
    dispatch({ kind: "page", attempt, items: { cut }, resourceVersion, ...more, bytesPerItem });
  }

  function tellPage(attempt: number, { items, resourceVersion, continue: next }: ObjectList): void {
    const more = next === undefined ? {} : { continue: next };
    dispatch({ kind: "page", attempt, items, resourceVersion, ...more, bytesPerItem: sampleBytes(items) });
  }

  // Between two attempts nothing else does.
  const letGo = holdProcess();
  dispatch({ kind: "start" });
  return {
    status: statusNow,
    async stop() {
      dispatch({ kind: "stop" });
      letGo();
      await Promise.all(running);
    },
  };
}

/** A watch can only go on from the version of what it has brought. */
function checkVersion({ metadata }: KrmObject): void {
  if (typeof metadata["resourceVersion"] !== "string" || metadata["resourceVersion"] === "") {
    throw new KubeError("protocol", "the server sent an event whose object has no resourceVersion");
  }
}

/** The JSON of one object, by a few of them. */
function sampleBytes(items: readonly KrmObject[]): number {
  const stride = Math.max(1, Math.floor(items.length / 8));
  let bytes = 0;
  let count = 0;
  for (let i = 0; i < items.length; i += stride) {
    bytes += JSON.stringify(items[i]).length;
    count++;
  }
  return count === 0 ? 0 : bytes / count;
}

/** What the text says may be secret, and errors of parsing quote it. */
function parse(bytes: Buffer): JsonValue {
  try {
    return parseJson(bytes.toString());
  } catch {
    throw new KubeError("protocol", `a list of ${bytes.length} bytes cannot be read: it is not JSON`);
  }
}

function asKubeError(error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  return new KubeError(
    "protocol",
    `what the server sent cannot be read (${error instanceof Error ? error.name : typeof error})`,
  );
}
