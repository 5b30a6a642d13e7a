import { KubeError } from "../errors.ts";
import type { Change, Index, Informer, InformerScope, InformerStatus } from "./informer.ts";
import type { InformerContext, InformerOptions } from "./informers.ts";
import { listeners } from "./listeners.ts";
import { startReflector } from "./reflector.ts";
import { objectStore } from "./store.ts";

/** One running informer. */
export interface SharedInformer {
  readonly informer: Informer;
  readonly strip: InformerOptions["strip"];
  /** Throws a RangeError when an index of this name, but another function, is there. */
  addIndexes(indexes: { readonly [name: string]: Index }): void;
  stop(): Promise<void>;
}

export function sharedInformer(
  context: InformerContext,
  scope: InformerScope,
  options: InformerOptions,
): SharedInformer {
  const { strip } = options;
  const report = context.onError ?? (() => {});
  const onError = (error: unknown): void => {
    try {
      report(error, scope);
    } catch {
      // Who cannot even report an error must not stop the informer either.
    }
  };
  const store = objectStore({ resource: scope.resource, onError, ...(strip === undefined ? {} : { strip }) });
  const changes = listeners<Change>(onError);
  const statuses = listeners<InformerStatus>(onError);
  const waiting = new Set<{ readonly resolve: () => void; readonly reject: (error: KubeError) => void }>();
  const indexes = new Map<string, Index>();
  let stopped = false;

  function addIndexes(more: { readonly [name: string]: Index }): void {
    for (const [name, index] of Object.entries(more)) {
      const known = indexes.get(name);
      if (known !== undefined && known !== index) {
        throw new RangeError(`another index of this informer is named ${JSON.stringify(name)}`);
      }
    }
    for (const [name, index] of Object.entries(more)) {
      if (indexes.has(name)) continue;
      indexes.set(name, index);
      store.addIndex(name, index);
    }
  }

  addIndexes(options.indexes ?? {});
  const { client, clock, random, timings } = context;
  const reflector = startReflector({
    client,
    scope,
    store,
    clock,
    random,
    onChanges: (batch) => changes.tell(batch),
    onStatus(status) {
      if (status.synced) for (const one of waiting) one.resolve();
      statuses.tell([status]);
    },
    ...(timings === undefined ? {} : { timings }),
  });

  const informer: Informer = {
    scope,
    store,
    status: () => reflector.status(),
    listen(listener) {
      const remove = changes.add(listener);
      changes.tellOne(listener, store.added());
      return remove;
    },
    onStatus: (listener) => statuses.add(listener),
    waitForSync(signal) {
      if (stopped) return Promise.reject(closed());
      if (signal?.aborted === true) return Promise.reject(aborted(signal));
      if (reflector.status().synced) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const abort = (): void => settle(() => reject(aborted(signal!)));
        const one = { resolve: () => settle(resolve), reject: (error: KubeError) => settle(() => reject(error)) };
        function settle(how: () => void): void {
          waiting.delete(one);
          signal?.removeEventListener("abort", abort);
          how();
        }
        signal?.addEventListener("abort", abort);
        waiting.add(one);
      });
    },
  };

  return {
    informer,
    strip,
    addIndexes,
    async stop() {
      stopped = true;
      changes.clear();
      for (const one of waiting) one.reject(closed());
      await reflector.stop();
    },
  };
}

function closed(): KubeError {
  return new KubeError("closed", "the informer was stopped");
}

function aborted(signal: AbortSignal): KubeError {
  return new KubeError("aborted", "the wait for the first list was aborted", { cause: signal.reason });
}
