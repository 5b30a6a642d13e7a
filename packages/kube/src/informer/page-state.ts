import type { ReflectorTimings } from "./reflector-timings.ts";

/** Which page of a list. */
export interface PageRequest {
  readonly limit: number;
  /** Absent: the first. */
  readonly continue?: string;
}

/** How many objects the next page asks for: as many as make up the wanted amount of JSON, within bounds. */
export function pageLimitAfter(limit: number, bytesPerItem: number, timings: ReflectorTimings): number {
  const wanted = Math.floor(timings.pageBytes / Math.max(1, bytesPerItem));
  return Math.max(limit, Math.min(wanted, timings.largestPage));
}
