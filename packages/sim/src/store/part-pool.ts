import { binaryOf } from "./binary-text.ts";
import { createRecentTexts } from "./recent-texts.ts";

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

export function createPartPool(): PartPool {
  const recent = createRecentTexts<Part | "seen">(2 * 1024 * 1024);
  return {
    share(text, like) {
      if (text.length < shortest || text.length > longest) return undefined;
      const same = like.find((part) => part.text === text);
      if (same !== undefined) return same;
      const known = recent.get(text);
      if (known === undefined) recent.set(text, "seen");
      if (known !== "seen") return known;
      const part = { text, binary: binaryOf(text) };
      recent.set(text, part);
      return part;
    },
  };
}
