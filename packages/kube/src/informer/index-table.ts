import type { Index, StoreKey } from "./informer.ts";

/** Which objects an index files under which value. */
export interface IndexTable {
  readonly index: Index;
  /** Replaces what the object was filed under. */
  set(key: StoreKey, values: readonly string[]): void;
  delete(key: StoreKey): void;
  keys(value: string): readonly StoreKey[];
}

export function indexTable(index: Index): IndexTable {
  const keysOf = new Map<string, Set<StoreKey>>();
  /** What each object is filed under: its earlier version is not at hand when it changes. */
  const valuesOf = new Map<StoreKey, readonly string[]>();

  function remove(key: StoreKey, value: string): void {
    const keys = keysOf.get(value);
    if (keys?.delete(key) === true && keys.size === 0) keysOf.delete(value);
  }

  return {
    index,
    set(key, values) {
      const before = valuesOf.get(key) ?? [];
      if (sameList(before, values)) return;
      for (const value of before) remove(key, value);
      if (values.length === 0) {
        valuesOf.delete(key);
        return;
      }
      valuesOf.set(key, values);
      for (const value of values) {
        const keys = keysOf.get(value);
        if (keys === undefined) keysOf.set(value, new Set([key]));
        else keys.add(key);
      }
    },
    delete(key) {
      for (const value of valuesOf.get(key) ?? []) remove(key, value);
      valuesOf.delete(key);
    },
    keys: (value) => [...(keysOf.get(value) ?? [])],
  };
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
