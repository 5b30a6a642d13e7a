import { Buffer } from "node:buffer";
import type { Clock, JsonObject } from "@fairlead/apimachinery";
import { badRequest, expired } from "../../errors.ts";
import type { Kind } from "../../resources/kind.ts";
import { apiVersionOf } from "../../resources/resource.ts";
import type { ReadableStore, StoreEvent, Stored } from "../../store/store.ts";
import { sizeOfStored } from "../../store/stored-objects.ts";
import { selects, type ListOptions } from "../list-options.ts";
import type { StreamSink } from "../request.ts";
import { listStored, revisionOf } from "./list-stored.ts";
import { pacedFrames, type LateFrame, type PacedFrames } from "./paced-frames.ts";

export interface WatchParts {
  readonly store: ReadableStore;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface WatchRequest {
  readonly kind: Kind;
  readonly namespace: string;
  readonly options: ListOptions;
  /** One frame of JSON without the line break; `first` for the first object of a watch, whose table has its columns. */
  readonly encode: (type: string, stored: Stored, first: boolean) => Uint8Array;
  /** Whether bookmarks are encoded, too: as tables and as metadata; else they are objects. */
  readonly encodesBookmarks: boolean;
  /** Whether frames depend on nothing but event and object, so that watchers may share them. */
  readonly shareAs: string | undefined;
}

const defaultTimeout = 1800;
const bookmarkEvery = 60_000;

/** Frames that watchers of the same representation share: an event is encoded once. */
const frames = new WeakMap<StoreEvent, Map<string, Uint8Array>>();

/**
 * A watch, ready to start. Throws for a version that is none before anything is sent; of one that is gone, its first and
 * last event tells, as the API server does.
 */
export function openWatch(parts: WatchParts, request: WatchRequest): (sink: StreamSink) => () => void {
  const { clock } = parts;
  const { options } = request;
  const text = options.resourceVersion;
  if (text !== "") revisionOf(text);
  if (options.limit < 0) throw badRequest("limit must not be negative");
  return (sink) => {
    const watcher = startWatch(parts, request, sink);
    const seconds = options.timeoutSeconds ?? defaultTimeout * (1 + parts.random());
    const cancelTimeout = clock.after(seconds * 1000, () => {
      watcher.stop();
      sink.end();
    });
    return () => {
      cancelTimeout();
      watcher.stop();
    };
  };
}

function startWatch({ store, clock }: WatchParts, request: WatchRequest, sink: StreamSink): { stop(): void } {
  const { kind, namespace, options } = request;
  const prefix = namespace === "" ? "" : `${namespace}/`;
  const isSelected = selects(options, kind);
  let first = true;
  let stopped = false;
  let cancel: (() => void) | undefined = undefined;
  let cancelBookmarks: (() => void) | undefined;
  const stop = (): void => {
    stopped = true;
    cancelBookmarks?.();
    cancel?.();
    paced?.stop();
  };

  const frameFor = (type: string, stored: Stored, event?: StoreEvent): Uint8Array => {
    const isFirst = first;
    first = false;
    if (event === undefined || request.shareAs === undefined) return request.encode(type, stored, isFirst);
    const key = isFirst ? `${type} first ${request.shareAs}` : `${type} ${request.shareAs}`;
    let known = frames.get(event);
    if (known === undefined) frames.set(event, (known = new Map()));
    let frame = known.get(key);
    if (frame === undefined) known.set(key, (frame = request.encode(type, stored, isFirst)));
    return frame;
  };
  const late = (type: string, stored: Stored, event?: StoreEvent): LateFrame => ({
    size: sizeOfStored(stored),
    make: () => frameFor(type, stored, event),
  });
  const bookmarkFrame = (revision: number, annotations?: JsonObject): LateFrame => ({
    size: 200,
    make: () => {
      const object = bookmark(kind, revision, annotations);
      const bytes = Buffer.from(JSON.stringify(object));
      return request.encodesBookmarks
        ? frameFor("BOOKMARK", { key: "", revision, object, bytes })
        : frameOf("BOOKMARK", bytes);
    },
  });
  const initial: LateFrame[] = [];
  let paced: PacedFrames | undefined = undefined;
  const deliver = (event: StoreEvent): void => {
    if (stopped || (prefix !== "" && !event.stored.key.startsWith(prefix))) return;
    const is = event.kind !== "deleted" && (isSelected?.(event.stored.object) ?? true);
    const was = event.previous !== undefined && (isSelected?.(event.previous.object) ?? true);
    if (!is && !was) return;
    const type = is ? (was ? "MODIFIED" : "ADDED") : "DELETED";
    const stored = is || event.kind === "deleted" ? event.stored : atRevision(event.previous!, event);
    const frame = late(type, stored, event);
    // What happened before the watch began is part of what it begins with.
    if (paced === undefined) initial.push(frame);
    else paced.push(frame);
  };

  const wanted = options.resourceVersion === "" ? 0 : Number(options.resourceVersion);
  const sendsInitial = options.sendInitialEvents ?? wanted === 0;
  const from = wanted === 0 || sendsInitial ? store.revision : wanted;
  if (sendsInitial) {
    const all = { ...options, limit: 0, continueToken: "", resourceVersion: "", resourceVersionMatch: "" };
    for (const stored of listStored(store, kind, namespace, all).items) initial.push(late("ADDED", stored));
    if (options.sendInitialEvents === true && options.allowWatchBookmarks) {
      initial.push(bookmarkFrame(from, { "k8s.io/initial-events-end": "true" }));
    }
  }
  cancel = store.watch(kind.collection, from, deliver, () => {
    stop();
    sink.end();
  });
  if (cancel === undefined) {
    sink.write(goneFrame(from, store.compacted));
    sink.end();
    return { stop: () => {} };
  }
  paced = pacedFrames(sink, initial, () => {
    stop();
    sink.end();
  });
  if (options.allowWatchBookmarks && !stopped) {
    const again = (): void => {
      paced.push(bookmarkFrame(store.revision));
      cancelBookmarks = clock.after(bookmarkEvery, again);
    };
    cancelBookmarks = clock.after(bookmarkEvery, again);
  }
  return { stop };
}

/** What no longer is selected goes with its last selected state, at the version that changed it. */
function atRevision(previous: Stored, { revision }: StoreEvent): Stored {
  const { metadata } = previous.object;
  const object = { ...previous.object, metadata: { ...(metadata as JsonObject), resourceVersion: String(revision) } };
  const bytes = Buffer.from(JSON.stringify(object));
  return { key: previous.key, revision, object, bytes };
}

function bookmark({ resource }: Kind, revision: number, annotations?: JsonObject): JsonObject {
  const metadata: JsonObject = {
    resourceVersion: String(revision),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
}

function goneFrame(revision: number, compacted: number): Uint8Array {
  const { status } = expired(`too old resource version: ${revision} (${compacted})`);
  return Buffer.from(`${JSON.stringify({ type: "ERROR", object: status })}\n`);
}

const lineEnd = Buffer.from("}\n");

/** A frame around bytes of the store. */
export function frameOf(type: string, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`{"type":${JSON.stringify(type)},"object":`), bytes, lineEnd]);
}
