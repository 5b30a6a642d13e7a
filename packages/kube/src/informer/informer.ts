import type { KrmObject } from "@fairlead/krm";
import type { KubeError } from "../errors.ts";
import type { ObjectKey, Resource } from "../resource.ts";

/** What is watched: informers with equal scopes are one informer. */
export interface InformerScope {
  readonly resource: Resource;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** `namespace/name`, or `name`. */
export type StoreKey = string;

/**
 * The observed objects of one informer. Objects are shared: they must not be changed. Stores of more than a thousand
 * objects hold most of them packed, and may hand out another object, equal to the first, the next time.
 */
export interface Store<T extends KrmObject = KrmObject> {
  readonly size: number;
  get(key: ObjectKey): T | undefined;
  /** In no particular order. */
  values(): IterableIterator<T>;
  /** The objects that an index files under a value. Throws a RangeError for an index that was not declared. */
  by(index: string, value: string): readonly T[];
}

/** Files an object under any number of values. Pure; called once for each version of an object. */
export type Index = (object: KrmObject) => readonly string[];

/**
 * What changed. `previous` and `object` are after stripping. They are made when they are first looked at: keep them, or
 * what you need of them, and not the change.
 */
export type Change<T extends KrmObject = KrmObject> =
  | { readonly kind: "added"; readonly object: T }
  | { readonly kind: "updated"; readonly object: T; readonly previous: T }
  | { readonly kind: "deleted"; readonly previous: T };

export interface InformerStatus {
  /** Whether the first complete list is in. */
  readonly synced: boolean;
  /**
   * Clock time (ms since the epoch) since when the view may be behind: the connection is lost, or the list is read
   * again. Absent while events flow.
   */
  readonly staleSince?: number;
  readonly resourceVersion?: string;
  /** What went wrong last, until it goes well again. */
  readonly error?: KubeError;
  /** How often the whole list was read. */
  readonly lists: number;
  /** How often a watch was started. */
  readonly watches: number;
}

/** One view of one resource that is kept current until it is stopped, whatever the network does. */
export interface Informer<T extends KrmObject = KrmObject> {
  readonly scope: InformerScope;
  readonly store: Store<T>;
  status(): InformerStatus;
  /** Called after the store has changed, in order; a new listener is told `added` of what is there. Returns its removal. */
  listen(listener: (change: Change<T>) => void): () => void;
  /** Called when `status()` has changed in more than its resourceVersion. */
  onStatus(listener: (status: InformerStatus) => void): () => void;
  /** Resolves with the first complete list, rejects when the signal aborts or the informer is stopped. */
  waitForSync(signal?: AbortSignal): Promise<void>;
}
