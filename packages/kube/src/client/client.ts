import type { JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Readable } from "node:stream";
import type { ClusterAccess } from "../access/access.ts";
import type { Discovery } from "../discovery/discovery.ts";
import type { ObjectKey, Resource } from "../resource.ts";
import type { Transport } from "../transport/transport.ts";

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /**
   * The whole call, retries included; 30 s unless told. Of what streams, until the answer begins. Refusals with
   * `Retry-After` and what was never sent are repeated, reads also when the connection or the server fails.
   */
  readonly deadlineMs?: number;
  readonly subresource?: string;
}

export interface ReadOptions extends CallOptions {
  readonly resourceVersion?: string;
}

export interface WriteOptions extends CallOptions {
  /** Nothing is stored; the answer is what would have been. */
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  /** Of unknown and duplicate fields: refuse, warn (the server's default), ignore. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take over fields that other managers own. */
  readonly force?: boolean;
}

export type PatchType = "json" | "merge" | "strategic";

export interface PatchOptions extends WriteOptions {
  readonly type: PatchType;
}

export interface DeleteOptions extends CallOptions {
  readonly dryRun?: boolean;
  readonly propagation?: "Foreground" | "Background" | "Orphan";
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface ListOptions extends ReadOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
  readonly limit?: number;
  readonly continue?: string;
}

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  /** Bookmarks are asked for unless this is false. */
  readonly allowWatchBookmarks?: boolean;
  /** A streaming list: the current objects as ADDED events, then a bookmark with `k8s.io/initial-events-end`. */
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
  /** Called when the server has accepted the watch: nothing that happens from now on is missed. */
  readonly onOpen?: () => void;
}

export type WatchEvent<T extends KrmObject = KrmObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

export interface ObjectList<T extends KrmObject = KrmObject> {
  readonly resourceVersion: string;
  /** The token of the next page, if there is one. */
  readonly continue?: string;
  readonly remainingItemCount?: number;
  /** Each with its apiVersion and kind, which the server leaves out in lists. */
  readonly items: readonly T[];
}

/** A `Warning` header (RFC 7234, code 299) of an answer. */
export interface ServerWarning {
  readonly text: string;
  readonly agent: string;
  readonly method: string;
  readonly path: string;
}

/**
 * A cluster's API. Objects and keys of namespaced kinds that name no namespace are in that of `access`. Objects are plain JSON values: unknown fields stay, and integers beyond 2^53 are raw numbers that
 * keep their digits. Every failure is a `KubeError`.
 */
export interface Client {
  readonly access: ClusterAccess;
  readonly transport: Transport;
  readonly discovery: Discovery;

  get<T extends KrmObject = KrmObject>(resource: Resource, key: ObjectKey, options?: ReadOptions): Promise<T>;
  /** Like `get`, with undefined for what is not there. */
  find<T extends KrmObject = KrmObject>(
    resource: Resource,
    key: ObjectKey,
    options?: ReadOptions,
  ): Promise<T | undefined>;
  /** One answer of the server: everything, or one page when `limit` is given. */
  list<T extends KrmObject = KrmObject>(resource: Resource, options?: ListOptions): Promise<ObjectList<T>>;
  /**
   * The JSON of one answer of `list`, in UTF-8, for who does not want all of it parsed. It travels compressed. Not
   * repeated when it fails.
   */
  listBytes?(resource: Resource, options?: ListOptions): Promise<Buffer>;
  /**
   * One answer of `list` as Protobuf, as it comes: built-in kinds only, others are refused as `unsupported`, and servers
   * may answer in JSON all the same. It travels compressed. Not repeated when it fails; without a deadline for what
   * follows the answer's head.
   */
  listMessages?(resource: Resource, options?: ListOptions): Promise<AsyncIterable<Buffer>>;
  /**
   * Page by page (500 objects unless `limit` says otherwise), all as of one moment. A token that has expired is the error
   * `gone`: what was read is incomplete then, and reading starts again.
   */
  pages<T extends KrmObject = KrmObject>(resource: Resource, options?: ListOptions): AsyncIterable<ObjectList<T>>;
  /**
   * Ends when the server ends it; an ERROR event is thrown as its `KubeError` (410 has the code `gone`). It is not begun
   * again: what was missed has to be decided above.
   */
  watch<T extends KrmObject = KrmObject>(resource: Resource, options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** The object's own namespace and name say where. */
  create<T extends KrmObject = KrmObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  update<T extends KrmObject = KrmObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KrmObject = KrmObject>(
    resource: Resource,
    key: ObjectKey,
    patch: JsonValue,
    options: PatchOptions,
  ): Promise<T>;
  /** Server-side apply. */
  apply<T extends KrmObject = KrmObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T>;
  /** What the server answers: the object as it was, or being deleted, or a `Status`. */
  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions): Promise<KrmObject>;
  deleteCollection(resource: Resource, options: ListOptions & DeleteOptions): Promise<void>;
  /** POST to a subresource or to a review kind, such as `token`, `eviction`, `selfsubjectaccessreviews`. */
  post(path: string, body: JsonValue, options?: WriteOptions): Promise<JsonValue>;
  /** Any path that answers JSON. */
  getJson(path: string, options?: CallOptions & { readonly accept?: string }): Promise<JsonValue>;
  /** Any path that answers text, such as /metrics or a pod's log. */
  getText(path: string, options?: CallOptions): Promise<string>;
  /** The body as it comes, for logs that are followed. */
  stream(path: string, options?: CallOptions): Promise<Readable>;
  /** Ends the connections. */
  close(): Promise<void>;
}
