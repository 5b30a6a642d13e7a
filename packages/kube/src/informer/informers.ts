import type { KrmObject } from "@fairlead/krm";
import type { Index, Informer, InformerScope } from "./informer.ts";

export interface InformerOptions {
  /** By name. */
  readonly indexes?: { readonly [name: string]: Index };
  /**
   * What the store keeps of an object; it may change the object it gets, which is nobody else's. It runs before
   * indexes, and its result must keep apiVersion, kind and of metadata name, namespace, uid, resourceVersion.
   */
  readonly strip?: (object: KrmObject) => KrmObject;
}

/**
 * The informers of one cluster: each scope is watched once, however many ask for it. The first who asks decides how
 * objects are stripped: asking again with another stripper for an equal scope is a RangeError (share the stripper's
 * function); further indexes are added.
 */
export interface Informers {
  informer<T extends KrmObject = KrmObject>(scope: InformerScope, options?: InformerOptions): Informer<T>;
  /** Gives back one use of an informer; the last one stops it. */
  release(informer: Informer): void;
  /** All that are running. */
  all(): readonly Informer[];
  stop(): Promise<void>;
}
