import type { Backoff } from "../queue/backoff.ts";

/** The constants of a reflector; tests make them short. */
export interface ReflectorTimings {
  /**
   * Whether streaming lists are tried first. Not unless told: for 50,000 pods of 3.2 KB (Kubernetes 1.36, two cores) a
   * stream takes 5.0 s of the API server's processor time and 4.5 s of ours, pages 1.9 s and 1.7 s, since they travel
   * compressed and are cut instead of parsed. A stream needs less memory in API servers older than 1.33.
   */
  readonly streaming: boolean;
  /**
   * Whether a list that has a second page is read anew as one answer in Protobuf, where the kind and the server's release
   * are known: that takes half of the processor time of both.
   */
  readonly protobuf: boolean;
  /** Objects on the first page of a list. */
  readonly firstPage: number;
  /** Bytes of JSON that the pages after it aim at. */
  readonly pageBytes: number;
  /** Objects on a page at most. */
  readonly largestPage: number;
  /** The same, for lists whose continue token has expired. */
  readonly longestPage: number;
  /**
   * Smaller pages are parsed, larger ones cut. API servers compress from 128 KiB on: what is cut, and so not checked
   * inside, has the checksum of gzip.
   */
  readonly cutFromBytes: number;
  /** How long one page may take. */
  readonly pageMs: number;
  /** A streaming list that brings nothing for so long will not end. */
  readonly streamQuietMs: number;
  /** Streaming lists that break in a row before pages are tried. */
  readonly brokenStreams: number;
  /** Whole lists that break in a row before pages are read. */
  readonly brokenWholes: number;
  /** What the server is told, at least, and how far this is spread. */
  readonly timeoutSeconds: number;
  readonly timeoutSpreadSeconds: number;
  /** How long after that the end of a silent watch is awaited. */
  readonly idleMarginMs: number;
  /** A watch that lasts so long makes earlier failures forgotten. */
  readonly healthyMs: number;
  /** A watch that ends earlier is suspicious. */
  readonly shortWatchMs: number;
  /** The least time between two attempts that are not apart anyway. */
  readonly floorMs: number;
  readonly backoff: Backoff;
  readonly longestRetryAfterMs: number;
  /** After so many failures in a row a list is tried where a watch would do. */
  readonly relistEvery: number;
}

export const defaultTimings: ReflectorTimings = {
  streaming: false,
  protobuf: true,
  firstPage: 500,
  pageBytes: 16 << 20,
  largestPage: 5000,
  longestPage: 20_000,
  cutFromBytes: 128 << 10,
  pageMs: 120_000,
  streamQuietMs: 15_000,
  brokenStreams: 3,
  brokenWholes: 2,
  // As client-go: 5 to 10 minutes.
  timeoutSeconds: 300,
  timeoutSpreadSeconds: 300,
  idleMarginMs: 15_000,
  healthyMs: 10_000,
  shortWatchMs: 1000,
  floorMs: 100,
  backoff: { baseMs: 800, maxMs: 30_000 },
  longestRetryAfterMs: 300_000,
  relistEvery: 10,
};
