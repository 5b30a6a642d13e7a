/** Choices that a stream of random numbers makes. */
export interface Chance {
  /** In [0, 1). */
  readonly random: () => number;
  /** An integer in [0, below). */
  below(limit: number): number;
  /** True once in so many times. */
  oneIn(times: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function chanceOf(random: () => number): Chance {
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    random,
    below,
    oneIn: (times) => below(times) === 0,
    pick: (from) => from[below(from.length)]!,
  };
}
