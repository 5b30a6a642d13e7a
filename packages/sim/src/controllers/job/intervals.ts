/** Indexes as ordered intervals that do not touch: `1,3-5`. */
export type Intervals = readonly Interval[];

export interface Interval {
  readonly first: number;
  readonly last: number;
}

/** Reads `1,3-5`, up to the number of completions; what is no interval is passed over. */
export function parseIntervals(text: string | undefined, completions: number): Intervals {
  const found: Interval[] = [];
  for (const part of (text ?? "") === "" ? [] : text!.split(",")) {
    const match = /^(\d{1,10})(?:-(\d{1,10}))?/.exec(part);
    if (match === null) continue;
    const first = Number(match[1]);
    if (first >= completions) break;
    const last = match[2] === undefined ? first : Math.min(Number(match[2]), completions - 1);
    found.push({ first, last });
  }
  return mergeIntervals(found, []);
}

/** Two successive indexes are listed, more are a range. */
export function formatIntervals(intervals: Intervals): string {
  return intervals
    .map(({ first, last }) => {
      if (first === last) return String(first);
      return `${first}${last === first + 1 ? "," : "-"}${last}`;
    })
    .join(",");
}

export function mergeIntervals(a: Intervals, b: Intervals): Intervals {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...a, ...b].sort((x, y) => x.first - y.first)) {
    const before = merged.at(-1);
    if (before === undefined || first > before.last + 1) merged.push({ first, last });
    else before.last = Math.max(before.last, last);
  }
  return merged;
}

export function withIndexes(intervals: Intervals, indexes: Iterable<number>): Intervals {
  return mergeIntervals(
    intervals,
    [...indexes].map((index) => ({ first: index, last: index })),
  );
}

export function countIndexes(intervals: Intervals): number {
  let count = 0;
  for (const { first, last } of intervals) count += last - first + 1;
  return count;
}

export function hasIndex(intervals: Intervals, index: number): boolean {
  return intervals.some(({ first, last }) => first <= index && index <= last);
}

/** The first so many indexes below `completions` that are not in the intervals. */
export function freeIndexes(intervals: Intervals, count: number, completions: number): number[] {
  const free: number[] = [];
  let candidate = 0;
  for (const { first, last } of [...intervals, { first: completions, last: completions }]) {
    for (; candidate < Math.min(first, completions) && free.length < count; candidate++) free.push(candidate);
    candidate = Math.max(candidate, last + 1);
  }
  return free;
}

/** How many indexes are in both. */
export function countCommon(a: Intervals, b: Intervals): number {
  let count = 0;
  for (const one of a) {
    for (const other of b) count += Math.max(0, Math.min(one.last, other.last) - Math.max(one.first, other.first) + 1);
  }
  return count;
}
