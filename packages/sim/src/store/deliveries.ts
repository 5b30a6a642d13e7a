import type { StoreEvent } from "./store.ts";

export type Listener = (event: StoreEvent) => void;

/** Brings events to listeners: each sees them in the order of revisions, and none while it is still busy with another. */
export interface Deliveries {
  /** Everybody who listens has got it when this returns, unless a listener calls it: then when that one has returned. */
  publish(event: StoreEvent): void;
  /**
   * Begins with the events of `past`, then those after `revision`, of one collection or of all; the function that is
   * returned ends it.
   */
  add(collection: string | undefined, listener: Listener, past: readonly StoreEvent[], revision: number): () => void;
  /** Nobody gets anything any more. */
  close(): void;
}

interface Subscription {
  readonly listener: Listener;
  /** What it has seen. */
  readonly from: number;
  ended: boolean;
}

/** What a listener throws goes to `onError`: the others, and who wrote, have nothing to do with it. */
export function createDeliveries(onError: (error: unknown) => void): Deliveries {
  const everything = new Set<Subscription>();
  const byCollection = new Map<string, Set<Subscription>>();
  const queue: StoreEvent[] = [];
  let delivering = false;

  function listenersOf(collection: string | undefined): Set<Subscription> {
    if (collection === undefined) return everything;
    let listeners = byCollection.get(collection);
    if (listeners === undefined) byCollection.set(collection, (listeners = new Set()));
    return listeners;
  }

  function call(subscription: Subscription, event: StoreEvent): void {
    if (subscription.ended) return;
    try {
      subscription.listener(event);
    } catch (error) {
      onError(error);
    }
  }

  function deliver(event: StoreEvent): void {
    for (const listeners of [everything, byCollection.get(event.collection)]) {
      if (listeners === undefined) continue;
      // One that came meanwhile has seen what had happened by then.
      for (const one of listeners) if (one.from < event.revision) call(one, event);
    }
  }

  function drain(): void {
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) deliver(event);
  }

  function alone(work: () => void): void {
    if (delivering) {
      work();
      return;
    }
    delivering = true;
    try {
      work();
      drain();
    } finally {
      delivering = false;
    }
  }

  return {
    publish(event) {
      queue.push(event);
      alone(() => {});
    },
    add(collection, listener, past, revision) {
      const subscription: Subscription = { listener, from: revision, ended: false };
      alone(() => {
        for (const event of past) call(subscription, event);
        listenersOf(collection).add(subscription);
      });
      return () => {
        subscription.ended = true;
        const listeners = listenersOf(collection);
        listeners.delete(subscription);
        if (collection !== undefined && listeners.size === 0) byCollection.delete(collection);
      };
    },
    close() {
      for (const listeners of [everything, ...byCollection.values()]) for (const one of listeners) one.ended = true;
      everything.clear();
      byCollection.clear();
    },
  };
}
