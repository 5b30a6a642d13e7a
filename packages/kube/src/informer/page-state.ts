import type { ReflectorTimings } from "./reflector-timings.ts";

/** Which page of a list. */
export interface PageRequest {
  readonly limit: number;
  /** Absent: the first. */
  readonly continue?: string;
}

/** How many objects the next page asks for: as many as make up the wanted amount of JSON, and at least so many. */
export function pageLimitAfter(bytesPerItem: number, least: number, timings: ReflectorTimings): number {
  const wanted = Math.floor(timings.pageBytes / Math.max(1, bytesPerItem));
  return Math.max(1, least, Math.min(wanted, timings.largestPage));
}
