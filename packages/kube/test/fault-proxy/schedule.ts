/** What happens to one TCP connection; bytes are those that the server sends, as they are on the wire. */
export type ConnectionFault =
  /** Each piece of data comes so much later, in both directions. */
  | { readonly kind: "slow"; readonly ms: number }
  /**
   * After so many bytes the connection ends (`fin`), is reset (`rst`), stays open and carries nothing more in either
   * direction (`silence`), or goes on with one byte changed, which TLS notices (`garble`).
   */
  | { readonly kind: "fin" | "rst" | "silence" | "garble"; readonly afterBytes: number };

/** What happens to one request; lines are those of the answer's body: a watch has one for each event. */
export type RequestFault =
  /** It reaches the server so much later. */
  | { readonly kind: "wait"; readonly ms: number }
  /** It never reaches the server. */
  | { readonly kind: "answer"; readonly status: 410 | 429 | 500 | 503; readonly retryAfterSeconds?: number }
  /** It is answered, and the connection takes no further one. */
  | { readonly kind: "goaway" }
  /**
   * After so many lines the answer ends within the next one (`truncate`), goes on with a next one that is no JSON
   * (`corrupt`), ends (`end`), ends with an event of type ERROR and code 410 (`expire`), its stream is reset (`reset`),
   * or its connection is cut (`drop`).
   */
  | {
      readonly kind: "truncate" | "corrupt" | "end" | "expire" | "reset" | "drop";
      readonly afterLines: number;
    };

/** Plain data, so that a failing one can be printed, kept and repeated. */
export interface FaultSchedule {
  /** The first connection gets the first, and so on; null and what follows the last: nothing happens. */
  readonly connections: readonly (ConnectionFault | null)[];
  /** In the order in which requests arrive, whatever the connection. */
  readonly requests: readonly (RequestFault | null)[];
  /** When connections are reset as soon as they are made, in milliseconds since the proxy was started. */
  readonly outages: readonly { readonly afterMs: number; readonly forMs: number }[];
}

export const noFaults: FaultSchedule = { connections: [], requests: [], outages: [] };

/** What the proxy has done, and to whom: the number of the connection or request, and of a request what it was. */
export type FaultRecord =
  | { readonly on: "connection"; readonly index: number; readonly fault: ConnectionFault | { readonly kind: "outage" } }
  | { readonly on: "request"; readonly index: number; readonly request: string; readonly fault: RequestFault };
