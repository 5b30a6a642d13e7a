import type { Clock } from "@fairlead/apimachinery";
import { systemClock } from "../clock.ts";

/** Everything has a default that fits a cluster at the other end of a continent; tests take shorter ones. */
export interface TransportOptions {
  readonly clock?: Clock;
  readonly userAgent?: string;
  /** Of one connection, from the name's resolution to the end of the TLS handshake. 30 s. */
  readonly connectTimeoutMs?: number;
  /** A connection with open streams that is silent for so long is asked for a sign of life. 15 s. */
  readonly pingAfterMs?: number;
  /** No answer to that within this time: the connection is dead, its streams fail. 15 s. */
  readonly pingTimeoutMs?: number;
  /** A connection without streams is closed after this time. 90 s. */
  readonly idleMs?: number;
  /** Streams on one HTTP/2 connection before another is made, if the server allows as many. 100. */
  readonly maxStreams?: number;
  /** Connections to one server; the streams beyond queue. 32. */
  readonly maxConnections?: number;
  /** Bytes that the server may send ahead of the reader: for each stream, and four times as many on a connection. 8 MiB. */
  readonly windowBytes?: number;
  /** `http/1.1` never asks for HTTP/2. */
  readonly protocol?: "auto" | "http/1.1";
}

export type ResolvedOptions = Required<TransportOptions>;

export const defaultUserAgent = "fairlead";

export function resolveOptions(options: TransportOptions): ResolvedOptions {
  return {
    clock: systemClock,
    userAgent: defaultUserAgent,
    connectTimeoutMs: 30_000,
    pingAfterMs: 15_000,
    pingTimeoutMs: 15_000,
    idleMs: 90_000,
    maxStreams: 100,
    maxConnections: 32,
    windowBytes: 8 * 1024 * 1024,
    protocol: "auto",
    ...options,
  };
}

/** An address gets a second before the next one of the same name is tried: Node's quarter is less than a far server needs. */
export const tcpOptions = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  autoSelectFamilyAttemptTimeout: 1_000,
} as const;
