import type { Clock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { KubeError } from "../errors.ts";
import { apiVersionOf } from "../resource.ts";
import type { Index, Informer, InformerScope } from "./informer.ts";
import type { ReflectorTimings } from "./reflector-timings.ts";
import type { Stripper } from "./strip.ts";
import { sharedInformer, type SharedInformer } from "./shared-informer.ts";

export interface InformerOptions {
  /** By name. One name is one function: asking with another function for an equal scope is a RangeError. */
  readonly indexes?: { readonly [name: string]: Index };
  /**
   * What the store keeps of an object; it may change the object it gets, which is nobody else's. It runs before
   * indexes, and its result must keep apiVersion, kind and of metadata name, namespace, uid, resourceVersion.
   */
  readonly strip?: Stripper;
}

/**
 * The informers of one cluster: each scope is watched once, however many ask for it. The first who asks decides how
 * objects are stripped: asking again with another stripper for an equal scope is a RangeError (share the stripper's
 * function); further indexes are added.
 */
export interface Informers {
  /** Running from now on, until it was given back as often as it was asked for. Throws `closed` after `stop`. */
  informer<T extends KrmObject = KrmObject>(scope: InformerScope, options?: InformerOptions): Informer<T>;
  /** Gives back one use of an informer; the last one stops it. */
  release(informer: Informer): void;
  /** All that are running. */
  all(): readonly Informer[];
  stop(): Promise<void>;
}

export interface InformersOptions {
  readonly clock: Clock;
  /** From 0 to below 1: spreads timeouts and back-offs. `Math.random` unless told. */
  readonly random?: () => number;
  /** What a listener, a stripper or an index throws. Whatever it does, the informer goes on. */
  readonly onError?: (error: unknown, scope: InformerScope) => void;
  readonly timings?: Partial<ReflectorTimings>;
}

/** What the informers of one cluster have in common. */
export interface InformerContext extends InformersOptions {
  readonly client: Client;
  readonly random: () => number;
}

/** Informers over one cluster's client, which stays the caller's to close. */
export function createInformers(client: Client, options: InformersOptions): Informers {
  const context: InformerContext = { ...options, client, random: options.random ?? Math.random };
  const running = new Map<string, { readonly shared: SharedInformer; uses: number }>();
  const stopping = new Set<Promise<void>>();
  let stopped = false;

  function stopOne(id: string): void {
    const { shared } = running.get(id)!;
    running.delete(id);
    const promise = shared.stop().finally(() => stopping.delete(promise));
    stopping.add(promise);
  }

  return {
    informer<T extends KrmObject>(scope: InformerScope, wanted: InformerOptions = {}) {
      if (stopped) throw new KubeError("closed", "the informers were stopped");
      const id = scopeId(scope);
      let one = running.get(id);
      if (one === undefined) {
        one = { shared: sharedInformer(context, scope, wanted), uses: 0 };
        running.set(id, one);
      } else {
        if (one.shared.strip !== wanted.strip) {
          throw new RangeError(`the informer of ${scope.resource.plural} strips its objects by another function`);
        }
        one.shared.addIndexes(wanted.indexes ?? {});
      }
      one.uses++;
      return one.shared.informer as unknown as Informer<T>;
    },
    release(informer) {
      for (const [id, one] of running) {
        if (one.shared.informer === informer && --one.uses === 0) stopOne(id);
      }
    },
    all: () => [...running.values()].map(({ shared }) => shared.informer),
    async stop() {
      stopped = true;
      for (const id of running.keys()) stopOne(id);
      await Promise.all(stopping);
    },
  };
}

/** Equal for scopes that watch the same. */
function scopeId({ resource, namespace, labelSelector = "", fieldSelector = "" }: InformerScope): string {
  return JSON.stringify([apiVersionOf(resource), resource.plural, namespace ?? null, labelSelector, fieldSelector]);
}
