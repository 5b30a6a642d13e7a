/** Lets equal texts be one string, without knowing when they are needed no longer. */
export interface TextPool {
  share(text: string): string;
  /** The same for lists of short paths. */
  places<T extends readonly (readonly [string, string?])[]>(list: T): T;
}

/** Of what is opened again at once: it remembers nothing. */
export const unshared: TextPool = { share: (text) => text, places: (list) => list };

/**
 * It remembers the texts of late: two generations of at most `size` texts, of which the older one is dropped when the
 * younger is full. What is used stays; what is not (most texts are unique, and objects go) costs a bounded amount for a
 * while. No reference is counted.
 */
export function textPool(size = 8192): TextPool {
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  const lists = new Map<string, readonly (readonly [string, string?])[]>();
  return {
    share(text) {
      const known = young.get(text);
      if (known !== undefined) return known;
      const shared = old.get(text) ?? text;
      if (young.size >= size) {
        old = young;
        young = new Map();
      }
      young.set(shared, shared);
      return shared;
    },
    places<T extends readonly (readonly [string, string?])[]>(list: T): T {
      const id = JSON.stringify(list);
      const known = lists.get(id) as T | undefined;
      if (known !== undefined) return known;
      // Kinds have few shapes; where keys are data (ConfigMaps) they have many.
      if (lists.size >= 1024) lists.clear();
      lists.set(id, list);
      return list;
    },
  };
}
