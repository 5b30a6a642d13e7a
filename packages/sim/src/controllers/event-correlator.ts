import { type JsonObject, textOf } from "@fairlead/apimachinery";

export interface ObservedEvent {
  readonly component: string;
  readonly involvedObject: JsonObject;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
}

export interface Correlated {
  readonly event: ObservedEvent;
  /** It was written before, under this name: count, time and message change. */
  readonly exists: boolean;
}

export interface EventCorrelator {
  /** Undefined if there are too many events about the object already. */
  correlate(event: ObservedEvent, now: number): Correlated | undefined;
}

const mostEntries = 4096;
/** From so many different messages within the interval on they become one Event. */
const aggregateFrom = 10;
const aggregateWithinMs = 600_000;
/** About one object: so many at once, and one more per so many milliseconds. */
const burst = 25;
const refillMs = 300_000;

/** The rules of client-go's `EventCorrelator` with its defaults. */
export function eventCorrelator(): EventCorrelator {
  const aggregates = recentMap<{ messages: Set<string>; lastMs: number }>();
  const logged = recentMap<{ count: number; firstMs: number; name: string }>();
  const buckets = recentMap<{ tokens: number; atMs: number }>();

  function aggregate(event: ObservedEvent, now: number): { readonly event: ObservedEvent; readonly key: string } {
    const { component, type, reason, message } = event;
    const groupKey = JSON.stringify([component, objectKey(event), type, reason]);
    let record = aggregates.get(groupKey);
    if (record === undefined || now - record.lastMs > aggregateWithinMs) record = { messages: new Set(), lastMs: now };
    record.messages.add(message);
    record.lastMs = now;
    aggregates.set(groupKey, record);
    if (record.messages.size < aggregateFrom) return { event, key: JSON.stringify([groupKey, message]) };
    const [oldest] = record.messages;
    record.messages.delete(oldest!);
    const combined = { ...event, message: `(combined from similar events): ${message}`, firstMs: now, lastMs: now };
    return { event: combined, key: groupKey };
  }

  function accepts(event: ObservedEvent, now: number): boolean {
    const key = JSON.stringify([event.component, objectKey(event), event.type]);
    const bucket = buckets.get(key) ?? { tokens: burst, atMs: now };
    const tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.atMs) / refillMs);
    const accepted = tokens >= 1;
    buckets.set(key, { tokens: accepted ? tokens - 1 : tokens, atMs: now });
    return accepted;
  }

  return {
    correlate(observed, now) {
      const { event, key } = aggregate(observed, now);
      const before = logged.get(key);
      const result =
        before === undefined
          ? event
          : { ...event, name: before.name, firstMs: before.firstMs, count: before.count + 1 };
      logged.set(key, { count: result.count, firstMs: result.firstMs, name: result.name });
      return accepts(result, now) ? { event: result, exists: before !== undefined } : undefined;
    },
  };
}

function objectKey({ involvedObject }: ObservedEvent): string {
  const parts = ["kind", "namespace", "name", "uid", "apiVersion"].map((key) => textOf(involvedObject[key]));
  return JSON.stringify(parts);
}

/** Forgets what was used least recently. */
function recentMap<T>(): { get(key: string): T | undefined; set(key: string, value: T): void } {
  const map = new Map<string, T>();
  return {
    get: (key) => map.get(key),
    set(key, value) {
      map.delete(key);
      map.set(key, value);
      if (map.size > mostEntries) map.delete(map.keys().next().value!);
    },
  };
}
