import { type Clock, type JsonValue, parseJson } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client, ListOptions } from "../client/client.ts";
import { readList } from "../client/read-list.ts";
import { holdProcess } from "../clock.ts";
import { KubeError } from "../errors.ts";
import { readHead } from "./cut-list.ts";
import type { Change, InformerScope, InformerStatus } from "./informer.ts";
import { protobufOf } from "./message-kinds.ts";
import { readMessages } from "./read-messages.ts";
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
  let state = initialReflectorState(timings);
  let told = statusNow();
  let reading: AbortController | undefined;
  const running = new Set<Promise<void>>();
  let cancelTimer = (): void => {};
  const inbox: Happened[] = [];
  /** Whether the server has no Protobuf of this kind, or one that this release does not know all of. */
  let inPages = false;
  let brokenWholes = 0;
  let busy = false;

  function statusNow(): InformerStatus {
    const { synced, staleSince, resourceVersion, error, lists, watches } = state;
    // Now, since the time of day may have been set since.
    const epoch = clock.now() - clock.monotonic();
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
    const bytes = await client.listBytes?.(scope.resource, listing);
    if (bytes === undefined || bytes.length < timings.cutFromBytes) {
      const list =
        bytes === undefined ? await client.list(scope.resource, listing) : readList(parse(bytes), scope.resource);
      if (token === undefined && (await whole(attempt, signal, list))) return;
      const { items, resourceVersion, continue: next } = list;
      const more = next === undefined ? {} : { continue: next };
      return dispatch({ kind: "page", attempt, items, resourceVersion, ...more, bytesPerItem: sampleBytes(items) });
    }
    const list = readHead(bytes);
    if (token === undefined && (await whole(attempt, signal, list))) return;
    const { resourceVersion, continue: next } = list;
    const bytesPerItem = bytes.length / limit;
    // Others are cut while the server works on the next one; the last one must be readable before the list counts.
    const cut = next === undefined ? [...store.cut(list)] : store.cut(list);
    const more = next === undefined ? {} : { continue: next };
    dispatch({ kind: "page", attempt, items: { cut }, resourceVersion, ...more, bytesPerItem });
  }

  /**
   * A list whose first page has a second one, anew and in one answer, as Protobuf; false if it is to be read in pages.
   */
  async function whole(attempt: number, signal: AbortSignal, head: FirstPage): Promise<boolean> {
    if (head.continue === undefined || inPages || client.listMessages === undefined || !timings.protobuf) return false;
    const known = await protobufOf(client, scope.resource);
    if (known === undefined) {
      inPages = true;
      return false;
    }
    const { protobuf, message } = known;
    // Where it never comes to its end, pages may.
    inPages = brokenWholes >= timings.brokenWholes;
    if (inPages) return false;
    brokenWholes++;
    let begun = false;
    const outcome = await readMessages({
      protobuf,
      resource: scope.resource,
      cutter: store.messageCutter(protobuf, message),
      // The server has it at hand: what it sends in pages it may have to read from its storage.
      open: () =>
        client.listMessages!(scope.resource, {
          ...selection,
          signal,
          deadlineMs: timings.pageMs,
          ...(head.resourceVersion === "" ? {} : notOlderThan(head.resourceVersion)),
        }),
      begin(resourceVersion) {
        begun = true;
        dispatch({ kind: "whole", attempt, resourceVersion });
      },
      take(items) {
        dispatch({ kind: "part", attempt, items: { cut: items } });
        return state.attempt === attempt;
      },
    });
    brokenWholes = 0;
    if (outcome === "complete") {
      dispatch({ kind: "page", attempt, items: [], resourceVersion: "", bytesPerItem: 0 });
    } else if (outcome === "unknown") {
      inPages = true;
      // The first page still counts if nothing came after it.
      if (!begun) return false;
      dispatch({ kind: "again", attempt });
    }
    return true;
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

interface FirstPage {
  readonly resourceVersion: string;
  readonly continue?: string;
}

const notOlderThan = (resourceVersion: string): ListOptions => ({
  resourceVersion,
  resourceVersionMatch: "NotOlderThan",
});

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
