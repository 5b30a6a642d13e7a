import type { IncomingHttpHeaders } from "node:http";
import type { Readable, Writable } from "node:stream";
import type { UpgradeResponse } from "../api/request.ts";
import type { Connection } from "./connection.ts";

export type OutgoingHeaders = Record<string, string | number | readonly string[]>;

/** One request and its answer, whichever HTTP carries them. */
export interface Exchange {
  readonly method: string;
  /** Path and query, as they came. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly connection: Connection;
  readonly hasBody: boolean;
  readonly source: Readable;
  /** Where the answer's body goes, after `begin`. */
  readonly sink: Writable;
  /** Whether the client has gone, or the answer has been cut. */
  isGone(): boolean;
  /** The whole answer. */
  respond(status: number, headers: OutgoingHeaders, body: Uint8Array | undefined): void;
  /** The head of an answer. */
  begin(status: number, headers: OutgoingHeaders): void;
  /** Once, when nothing more will go over the wire; at once if that is so. */
  onClose(callback: () => void): void;
  /** Hands the connection over; absent if the request did not ask for it. */
  readonly upgrade?: (response: UpgradeResponse) => void;
  /** Ends the exchange, and with HTTP/1.1 its connection, without (the rest of) an answer. */
  cut(): void;
}
