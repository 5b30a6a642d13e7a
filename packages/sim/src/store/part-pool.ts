import { Buffer } from "node:buffer";

/** JSON of a member that several objects have alike. */
export interface Part {
  readonly text: string;
  /** See `binaryOf`. */
  readonly binary: string;
}

/** Finds what objects have in common: the replicas of a workload their containers, all pods their managed fields. */
export interface PartPool {
  /**
   * The part with this text, of those in `like` or of those seen lately; undefined when it is seen for the first time:
   * most texts are never seen again, and a part for one object alone takes more memory than none.
   */
  share(text: string, like: readonly Part[]): Part | undefined;
}

/** Shorter ones would cost more than they save; longer ones are hardly ever equal, and dear to compare. */
const shortest = 64;
const longest = 64 * 1024;
/** How many characters are remembered at least, and twice that at most. */
const remembered = 2 * 1024 * 1024;

export function createPartPool(): PartPool {
  // Two generations: what is not asked for while one fills up is forgotten.
  let young = new Map<string, Part | undefined>();
  let old = new Map<string, Part | undefined>();
  let size = 0;

  function remember(text: string, part: Part | undefined): void {
    if (!young.has(text)) size += text.length;
    young.set(text, part);
    if (size < remembered) return;
    old = young;
    young = new Map();
    size = 0;
  }

  return {
    share(text, like) {
      if (text.length < shortest || text.length > longest) return undefined;
      const same = like.find((part) => part.text === text);
      if (same !== undefined) return same;
      const known = young.get(text) ?? old.get(text);
      if (known !== undefined) {
        if (!young.has(text)) remember(text, known);
        return known;
      }
      const seen = young.has(text) || old.has(text);
      const part = seen ? { text, binary: binaryOf(text) } : undefined;
      remember(text, part);
      return part;
    },
  };
}

/**
 * UTF-8 as a string with a character for each byte, which is the very text where that is ASCII. Strings lie in V8's heap,
 * where they take a byte for each character and are moved together; 50,000 buffers would take hundreds of bytes more
 * each, and leave holes when they go.
 */
export function binaryOf(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString("latin1");
}
