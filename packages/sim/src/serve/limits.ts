/** What one client, or all together, may ask of a server. Sizes in bytes, times in milliseconds. */
export interface Limits {
  /** Of one request's body; kube-apiserver's limit. */
  readonly body: number;
  /** Of all bodies that are being received. Beyond it: 429. */
  readonly bodies: number;
  /** Of a request's head. */
  readonly head: number;
  /** Header fields of a request. */
  readonly headerFields: number;
  /** Requests at once on one connection of HTTP/2; kube-apiserver's. */
  readonly streams: number;
  /** Connections at once; more are closed as they come. */
  readonly connections: number;
  /** From the start of a connection until its first request's head is complete, the TLS handshake apart. */
  readonly firstRequestMs: number;
  readonly handshakeMs: number;
  /** Without a request, once one has been served. */
  readonly idleMs: number;
  /** For a request, its body included, until its answer begins: then 504. */
  readonly requestMs: number;
  /** How long a client may take nothing of what waits for it. */
  readonly stallMs: number;
  /** Of one watch, waiting for its client. Beyond it the watch is cut. */
  readonly buffered: number;
}

const mib = 1024 * 1024;

export const defaultLimits: Limits = {
  body: 3 * mib,
  bodies: 256 * mib,
  head: 64 * 1024,
  headerFields: 1000,
  streams: 1000,
  connections: 5000,
  firstRequestMs: 32_000,
  handshakeMs: 10_000,
  idleMs: 90_000,
  requestMs: 60_000,
  stallMs: 60_000,
  buffered: 256 * mib,
};
