import { type Clock, type JsonObject, textOf } from "@fairlead/apimachinery";
import { ApiError } from "../errors.ts";
import type { Api } from "./controller.ts";
import { eventCorrelator, type ObservedEvent } from "./event-correlator.ts";
import { formatTime } from "./common/time.ts";

export interface EventRecorder {
  record(component: string, object: JsonObject, type: string, reason: string, message: string): void;
  readonly busy: boolean;
  stop(): void;
}

export interface EventRecorderInput {
  readonly api: Api;
  readonly clock: Clock;
  readonly defer: (callback: () => void) => void;
  /** Called when all that was recorded is written. */
  readonly onIdle: () => void;
  /** What the server said of an Event that it did not take. */
  readonly onError: (component: string, error: unknown) => void;
}

/** How many events may wait to be written; client-go drops what comes on top as well. */
const longestQueue = 1000;

/**
 * Writes Events of `v1` one after another, as the recorder of client-go does: repeated ones raise `count`, similar ones
 * are combined, too many about one object are dropped. An Event that the server refuses is given up.
 */
export function eventRecorder({ api, clock, defer, onIdle, onError }: EventRecorderInput): EventRecorder {
  const correlator = eventCorrelator();
  const queue: ObservedEvent[] = [];
  let writing = false;
  let stopped = false;
  let lastNanos = 0n;

  /** Names carry a time in nanoseconds; two of the same millisecond must not be the same. */
  function nanos(): bigint {
    const now = BigInt(Math.round(clock.now())) * 1_000_000n;
    lastNanos = now > lastNanos ? now : lastNanos + 1n;
    return lastNanos;
  }

  async function drain(): Promise<void> {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      try {
        await write(next);
      } catch (error) {
        onError(next.component, error);
      }
    }
    writing = false;
    onIdle();
  }

  async function write(observed: ObservedEvent): Promise<void> {
    const result = correlator.correlate(observed, clock.now());
    if (result === undefined) return;
    const { event, exists } = result;
    const namespace = event.namespace;
    if (exists) {
      const patch = { count: event.count, lastTimestamp: formatTime(event.lastMs), message: event.message };
      try {
        await api.patch("events", { namespace, name: event.name }, patch);
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 404) throw error;
      }
    }
    await api.create("events", {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: event.name, namespace },
      involvedObject: event.involvedObject,
      reason: event.reason,
      message: event.message,
      source: { component: event.component },
      firstTimestamp: formatTime(event.firstMs),
      lastTimestamp: formatTime(event.lastMs),
      count: event.count,
      type: event.type,
      eventTime: null,
      reportingComponent: event.component,
      reportingInstance: "",
    });
  }

  return {
    record(component, object, type, reason, message) {
      if (stopped || queue.length >= longestQueue) return;
      const involvedObject = referenceTo(object);
      const now = clock.now();
      queue.push({
        component,
        involvedObject,
        namespace: textOf(involvedObject["namespace"]) || "default",
        name: `${textOf(involvedObject["name"])}.${nanos().toString(16)}`,
        type,
        reason,
        message,
        firstMs: now,
        lastMs: now,
        count: 1,
      });
      if (writing) return;
      writing = true;
      defer(() => void drain());
    },
    get busy() {
      return writing;
    },
    stop() {
      stopped = true;
      queue.length = 0;
    },
  };
}

function referenceTo(object: JsonObject): JsonObject {
  const metadata = (object["metadata"] ?? {}) as JsonObject;
  const reference: JsonObject = {};
  const fields = {
    kind: object["kind"],
    namespace: metadata["namespace"],
    name: metadata["name"],
    uid: metadata["uid"],
    apiVersion: object["apiVersion"],
    resourceVersion: metadata["resourceVersion"],
  };
  for (const [key, value] of Object.entries(fields)) if (textOf(value) !== "") reference[key] = textOf(value);
  return reference;
}
