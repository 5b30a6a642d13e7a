/** Functions that are told of something, in the order in which they came. */
export interface Listeners<T> {
  readonly size: number;
  /** Returns its removal. */
  add(listener: (event: T) => void): () => void;
  /**
   * Tells each of these events in turn. Who is added meanwhile is not told of them, who is removed is told no more; what
   * one throws reaches `onError`, and neither the others nor the caller.
   */
  tell(events: readonly T[]): void;
  /** Tells one listener alone, with the same care. */
  tellOne(listener: (event: T) => void, events: readonly T[]): void;
  clear(): void;
}

export function listeners<T>(onError: (error: unknown) => void): Listeners<T> {
  /** An object for each: the same function may listen twice. */
  type Entry = { readonly call: (event: T) => void; active: boolean };
  let entries: readonly Entry[] = [];

  function call(listener: (event: T) => void, event: T): void {
    try {
      listener(event);
    } catch (error) {
      onError(error);
    }
  }

  return {
    get size() {
      return entries.length;
    },
    add(listener) {
      const entry: Entry = { call: listener, active: true };
      entries = [...entries, entry];
      return () => {
        entry.active = false;
        entries = entries.filter((one) => one !== entry);
      };
    },
    tell(events) {
      const now = entries;
      for (const event of events) for (const entry of now) if (entry.active) call(entry.call, event);
    },
    tellOne(listener, events) {
      for (const event of events) call(listener, event);
    },
    clear() {
      for (const entry of entries) entry.active = false;
      entries = [];
    },
  };
}
