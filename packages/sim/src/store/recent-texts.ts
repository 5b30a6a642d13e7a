/** Remembers what texts stand for, and forgets those that nobody asks for any more. */
export interface RecentTexts<T> {
  /** What the text stands for; undefined if it is unknown. */
  get(text: string): T | undefined;
  set(text: string, value: T): void;
}

/** Remembers at least so many characters of texts, and twice that at most. */
export function createRecentTexts<T>(characters: number): RecentTexts<T> {
  // Two generations: what is not asked for while one fills up goes with the other.
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  let size = 0;

  function set(text: string, value: T): void {
    if (!young.has(text)) size += text.length;
    young.set(text, value);
    if (size < characters) return;
    old = young;
    young = new Map();
    size = 0;
  }

  return {
    get(text) {
      const value = young.get(text);
      if (value !== undefined) return value;
      const aged = old.get(text);
      if (aged !== undefined) set(text, aged);
      return aged;
    },
    set,
  };
}
