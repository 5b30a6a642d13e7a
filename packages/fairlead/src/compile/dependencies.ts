/** What a result was made from: names of facts, such as `declared|App|shop|orders`. */
export type Fact = string;

/** Remembers results with the facts they rest on, and forgets those that rest on a fact that changed. */
export interface Memo<Key extends string, Value> {
  /** The remembered result, or the one that `make` gives; facts that are read meanwhile are its. */
  get(key: Key, make: () => Value): Value;
  peek(key: Key): Value | undefined;
  forget(key: Key): void;
}

export interface Dependencies {
  /** `forgotten` is told of each result that a changed fact took away. */
  memo<Key extends string, Value>(forgotten: (key: Key, value: Value) => void): Memo<Key, Value>;
  /** The result that is being made rests on this fact, and so do those that it is made for. */
  read(fact: Fact): void;
  changed(fact: Fact): void;
}

interface Entry {
  readonly facts: Set<Fact>;
  readonly drop: () => void;
}

/** An incremental computation in the manner of a build system: changes push, results are made when asked for. */
export function createDependencies(): Dependencies {
  const readers = new Map<Fact, Set<Entry>>();
  const making: Set<Fact>[] = [];

  function release(entry: Entry): void {
    for (const fact of entry.facts) {
      const set = readers.get(fact);
      set?.delete(entry);
      if (set?.size === 0) readers.delete(fact);
    }
  }

  function read(fact: Fact): void {
    making.at(-1)?.add(fact);
  }

  return {
    read,
    changed(fact) {
      const set = readers.get(fact);
      if (set === undefined) return;
      readers.delete(fact);
      // Taken out first: what is dropped may report facts of its own as changed.
      for (const entry of set) entry.drop();
    },
    memo<Key extends string, Value>(forgotten: (key: Key, value: Value) => void): Memo<Key, Value> {
      const entries = new Map<Key, { readonly value: Value; readonly entry: Entry }>();
      const forget = (key: Key): Value | undefined => {
        const found = entries.get(key);
        if (found === undefined) return undefined;
        entries.delete(key);
        release(found.entry);
        return found.value;
      };
      return {
        get(key, make) {
          const found = entries.get(key);
          if (found !== undefined) return found.value;
          const facts = new Set<Fact>();
          making.push(facts);
          let value: Value;
          try {
            value = make();
          } finally {
            making.pop();
          }
          const entry: Entry = {
            facts,
            drop() {
              if (entries.get(key)?.entry !== entry) return;
              forget(key);
              forgotten(key, value);
            },
          };
          entries.set(key, { value, entry });
          for (const fact of facts) {
            const set = readers.get(fact);
            if (set === undefined) readers.set(fact, new Set([entry]));
            else set.add(entry);
          }
          return value;
        },
        peek: (key) => entries.get(key)?.value,
        forget: (key) => void forget(key),
      };
    },
  };
}
