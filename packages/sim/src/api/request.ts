import type { JsonObject } from "@fairlead/apimachinery";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Resource } from "../resources/resource.ts";
import type { User } from "./user.ts";

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

/** What a path and a method ask for, before anybody looks whether it exists. */
export interface RequestInfo {
  readonly verb: string;
  readonly isResource: boolean;
  /** As in the request, without the query. */
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  /** The plural. */
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

/** A request whose sender is known and whose body is bytes. Header names are lower case. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  readonly user: User;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** One event of a watch, as it goes over the wire: shared by all who get the same. */
export type WatchFrame = Uint8Array;

export type ApiResponse =
  | {
      readonly kind: "body";
      readonly status: number;
      readonly contentType: string;
      /** Parts are written one after another: a list's items stay the bytes that are stored. */
      readonly body: readonly Uint8Array[];
      /** In place of `body`, which then makes all of it when it is read: parts that are made as they are sent. */
      readonly late?: LateBody;
      readonly warnings?: readonly string[];
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      /** A watch: the server answers 200 at once, and calls `start` with a sink for frames. */
      readonly kind: "stream";
      readonly contentType: string;
      readonly warnings?: readonly string[];
      /** `write` returns false while the client does not keep up; `end` ends the answer. Returns what to call when the client goes. */
      readonly start: (sink: StreamSink) => () => void;
    };

export interface LateBody {
  /** Of all parts together. */
  readonly length: number;
  parts(): Iterable<Uint8Array>;
}

export interface StreamSink {
  /**
   * False once more waits to be sent than the client takes: write no more until `onDrain` calls. Frames are still taken
   * up to the server's limit, beyond which it cuts the client off.
   */
  write(frame: Uint8Array): boolean;
  /** Calls back once, when there is room again; never when the client goes before. */
  onDrain(callback: () => void): void;
  end(): void;
}

/** The answer to a request that asks for another protocol on its connection: exec, attach, port-forward. */
export interface UpgradeResponse {
  readonly kind: "upgrade";
  /** Takes over the connection, handshake included. The server answers 400 itself if the request is no upgrade. */
  readonly accept: (connection: UpgradedConnection) => void;
}

export interface UpgradedConnection {
  /** The request as node:http read it; its header names are lower case. */
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the request's head. */
  readonly head: Buffer;
}

/** What a handler knows of the request that it serves. */
export interface ResourceRequest {
  readonly info: RequestInfo;
  readonly resource: Resource;
  readonly user: User;
  readonly query: URLSearchParams;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  /** Of `Content-Type`, without parameters. */
  readonly contentType: string;
  readonly body: JsonObject | undefined;
  readonly warn: (text: string) => void;
}
