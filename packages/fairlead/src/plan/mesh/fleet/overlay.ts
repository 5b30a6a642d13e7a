import { persistentDelete, persistentGet, persistentSet, type PersistentMap } from "@fairlead/apimachinery";

/** Values of a persistent map that are being changed: each is copied when it is first opened, and is ours until `close`. */
export interface Overlay<V, D extends V> {
  /** As it is now, changed or not. Not to be changed. */
  peek(key: string): V | undefined;
  /** Our own copy. */
  open(key: string): D;
  /** Whether it has been opened. */
  readonly opened: ReadonlyMap<string, D>;
  /** The map with the changes; what is empty now is left out. */
  close(): PersistentMap<V>;
}

export function overlay<V, D extends V>(
  base: PersistentMap<V>,
  copy: (value: V | undefined, key: string) => D,
  isEmpty: (value: D) => boolean,
): Overlay<V, D> {
  const opened = new Map<string, D>();
  return {
    peek: (key) => opened.get(key) ?? persistentGet(base, key),
    open(key) {
      const known = opened.get(key);
      if (known !== undefined) return known;
      const made = copy(persistentGet(base, key), key);
      opened.set(key, made);
      return made;
    },
    opened,
    close() {
      let map = base;
      for (const [key, value] of opened) {
        map = isEmpty(value) ? persistentDelete(map, key) : persistentSet(map, key, value);
      }
      return map;
    },
  };
}

/** A list that is being changed. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };

/** Overlay of lists. */
export function listOverlay<T>(base: PersistentMap<readonly T[]>): Overlay<readonly T[], T[]> {
  return overlay<readonly T[], T[]>(
    base,
    (list) => [...(list ?? [])],
    (list) => list.length === 0,
  );
}
