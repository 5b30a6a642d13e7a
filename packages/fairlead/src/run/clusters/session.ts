import type { Cancel, Clock } from "@fairlead/apimachinery";
import type { KrmObject, ObjectRef } from "@fairlead/krm";
import {
  createInformers,
  isKubeError,
  KubeError,
  type Change,
  type Client,
  type Informer,
  type ObjectKey,
  type Stripper,
} from "@fairlead/kube";
import { errorFields, type Log } from "../log.ts";
import { boundedReads } from "./bounded-reads.ts";
import { readTimings, type ClusterLimits } from "./limits.ts";
import { whenServed } from "./when-served.ts";

/** A kind that is read of a cluster. */
export interface WatchedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** A cluster that does not serve it is a complete one; it is watched when it comes. */
  readonly optional: boolean;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly strip?: Stripper;
}

export interface SessionOptions {
  readonly name: string;
  /** Closed by whoever made it. */
  readonly client: Client;
  readonly kinds: readonly WatchedKind[];
  readonly limits: ClusterLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onChange: (kind: WatchedKind, change: Change) => void;
  /** The whole list of a kind was read again: the store holds everything up to this version. */
  readonly onListed: (kind: WatchedKind, resourceVersion: string) => void;
  /** `problem`, `isReady` or `staleSince` may answer otherwise. */
  readonly onStatus: () => void;
}

/** What is read of one cluster over one connection. */
export interface Session {
  readonly client: Client;
  /** Whether everything was read once. */
  isReady(): boolean;
  /** Since when (ms since the epoch) the oldest of the views may be behind. */
  staleSince(): number | undefined;
  /** Why something cannot be read now. */
  problem(): string | undefined;
  /** Whether there is more than is read of one cluster: it has stopped reading. */
  isTooBig(): boolean;
  objects(): Iterable<readonly [WatchedKind, KrmObject]>;
  find(kind: Pick<ObjectRef, "apiVersion" | "kind">, key: ObjectKey): KrmObject | undefined;
  /** The version up to which a kind is known; undefined: of a kind that is not there, or not said. */
  versionOf(kind: WatchedKind): string | undefined;
  close(): Promise<void>;
}

const firstRetryMs = 500;
const lastRetryMs = 30_000;
/** After how long a cluster is asked again for an optional kind that it does not serve, where no definition can be watched. */
const absentRetryMs = 60_000;

interface Followed {
  informer?: Informer;
  /** Absent from the cluster, and allowed to be. */
  isAbsent: boolean;
  problem?: string;
  stop(): void;
}

/** Reads the kinds until it is closed, whatever the network does. */
export function openSession(options: SessionOptions): Session {
  const { client, kinds, limits, clock, random, log, onStatus } = options;
  const onError = (error: unknown): void => log.error({ error: errorFields(error) }, "a change could not be taken in");
  const informers = createInformers(boundedReads(client, limits), { clock, random, onError, timings: readTimings });
  const followed = new Map<WatchedKind, Followed>();
  const timers = new Set<Cancel>();
  let objects = 0;
  let isClosed = false;
  let isTooBig = false;

  function later(ms: number, run: () => void): void {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
  }

  function follow(kind: WatchedKind, pauseMs = firstRetryMs): void {
    const entry = followed.get(kind)!;
    const again = (ms: number): void => later(ms, () => follow(kind, Math.min(lastRetryMs, pauseMs * 2)));
    const found = (resource: Informer["scope"]["resource"] | undefined): void => {
      if (isClosed || isTooBig) return;
      if (resource !== undefined) {
        entry.isAbsent = false;
        delete entry.problem;
        listen(kind, entry, resource);
      } else if (kind.optional) {
        entry.isAbsent = true;
        delete entry.problem;
        entry.stop = whenServed(informers, kind, {
          // Discovery hears of a definition a moment after it is established.
          served: () => again(pauseMs),
          unknown: () => later(absentRetryMs, () => follow(kind)),
        });
      } else {
        entry.problem = `the cluster does not serve ${kind.kind} of ${kind.apiVersion}`;
        again(pauseMs);
      }
      onStatus();
    };
    const failed = (error: unknown): void => {
      if (isClosed || isTooBig) return;
      entry.problem = isKubeError(error) ? error.message : "what it serves cannot be read";
      if (!isKubeError(error)) onError(error);
      again(pauseMs);
      onStatus();
    };
    void lookUp(kind).then(found, failed);
  }

  async function lookUp(kind: WatchedKind): Promise<Informer["scope"]["resource"] | undefined> {
    const resource = await client.discovery.find(kind);
    if (resource !== undefined || !kind.optional) return resource;
    // A group that did not answer is not one that is not there.
    const failure = (await client.discovery.failures()).get(kind.apiVersion);
    if (failure !== undefined) throw new KubeError("unavailable", `${kind.apiVersion}: ${failure}`);
    return undefined;
  }

  function listen(kind: WatchedKind, entry: Followed, resource: Informer["scope"]["resource"]): void {
    const { namespace, labelSelector, fieldSelector, strip } = kind;
    const scope = {
      resource,
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    };
    const informer = informers.informer(scope, strip === undefined ? {} : { strip });
    entry.informer = informer;
    let lists = 0;
    const stopListening = informer.listen((change) => {
      if (change.kind === "added") objects++;
      if (change.kind === "deleted") objects--;
      options.onChange(kind, change);
      if (objects > limits.objects) tooBig(`it holds more than ${limits.objects} objects`);
    });
    const stopStatus = informer.onStatus((status) => {
      if (status.error?.code === "too-large") tooBig(status.error.message);
      else if (status.error?.code === "not-found") gone(kind, entry);
      else if (status.synced && status.staleSince === undefined && status.lists > lists) {
        lists = status.lists;
        options.onListed(kind, status.resourceVersion ?? "");
      }
      onStatus();
    });
    entry.stop = () => {
      stopListening();
      stopStatus();
      informers.release(informer);
    };
  }

  /** The definition of a kind was deleted, and its objects with it. */
  function gone(kind: WatchedKind, entry: Followed): void {
    const left = [...(entry.informer?.store.values() ?? [])];
    entry.stop();
    entry.stop = () => {};
    delete entry.informer;
    entry.isAbsent = kind.optional;
    objects -= left.length;
    for (const previous of left) options.onChange(kind, { kind: "deleted", previous });
    // What it said before names the kind still, and would be believed for good.
    client.discovery.invalidate();
    later(firstRetryMs, () => follow(kind));
  }

  function tooBig(message: string): void {
    if (isTooBig) return;
    isTooBig = true;
    for (const entry of followed.values()) {
      entry.problem = message;
      entry.stop();
    }
    onStatus();
  }

  for (const kind of kinds) followed.set(kind, { isAbsent: false, stop: () => {} });
  for (const kind of kinds) follow(kind);

  return {
    client,
    isReady: () => [...followed.values()].every((one) => one.isAbsent || one.informer?.status().synced === true),
    staleSince() {
      let since = Infinity;
      for (const { informer } of followed.values()) since = Math.min(since, informer?.status().staleSince ?? Infinity);
      return since === Infinity ? undefined : since;
    },
    problem() {
      for (const [{ kind }, { problem, informer }] of followed) {
        const found = problem ?? informer?.status().error?.message;
        if (found !== undefined) return `${kind}: ${found}`;
      }
      return undefined;
    },
    isTooBig: () => isTooBig,
    *objects() {
      for (const [kind, { informer }] of followed) {
        for (const object of informer?.store.values() ?? []) yield [kind, object] as const;
      }
    },
    find(wanted, key) {
      for (const [{ apiVersion, kind }, { informer }] of followed) {
        if (kind !== wanted.kind || apiVersion.split("/")[0] !== wanted.apiVersion.split("/")[0]) continue;
        const found = informer?.store.get(key);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    versionOf: (kind) => followed.get(kind)?.informer?.status().resourceVersion,
    async close() {
      isClosed = true;
      for (const cancel of timers) cancel();
      for (const { stop } of followed.values()) stop();
      await informers.stop();
    },
  };
}
