import type { Cancel, Clock } from "@fairlead/apimachinery";
import { isKubeError, type Client, type EventRecorder, type Informer, type Informers } from "@fairlead/kube";
import type { AnyController, Cluster, Watch } from "./controller.ts";
import { runFinding } from "./findings.ts";
import { errorFields, type Log } from "./log.ts";

/** One cluster that is connected: its client and informers belong to whoever connected it until it is added. */
export interface ClusterConnection {
  /** Names it in keys, logs and metrics. */
  readonly name: string;
  readonly client: Client;
  readonly informers: Informers;
}

export interface AttachOptions {
  readonly controller: AnyController;
  readonly connection: ClusterConnection;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly enqueue: (key: string) => void;
}

/** A controller at work in a cluster. */
export interface Attached {
  readonly cluster: Cluster;
  /** What the controller's `open` made; present when `opened`. */
  state(): unknown;
  /** Whether everything was read once: keys come out from then on. */
  synced(): boolean;
  /** Why the view is not complete or not current. */
  problems(): readonly string[];
  /** Milliseconds for which the view may have been behind. */
  staleMs(): number;
  /** Has every key looked at that an observed object has. */
  resync(): void;
  /** Gives its informers back. */
  detach(): void;
}

/** How long after a failure, and how long at most, until a cluster is asked again for what it did not serve. */
const firstRetryMs = 1_000;
const lastRetryMs = 30_000;
const optionalRetryMs = 60_000;

/** Starts what the controller follows in a cluster; keys are held back until all of it was read once. */
export function attach(options: AttachOptions): Attached {
  const { controller, connection, clock, log, signal } = options;
  const following = new Map<Watch, { informer?: Informer; stop: () => void; waitsFor?: string }>();
  const held = new Set<string>();
  let state: unknown;
  let ready = false;

  const enqueue = (key: string) => {
    if (ready) options.enqueue(key);
    else held.add(key);
  };

  function problems(): string[] {
    const found: string[] = [];
    if (!ready && following.size === 0) found.push("is being opened");
    for (const [watch, { informer, waitsFor }] of following) {
      const status = informer?.status();
      if (waitsFor !== undefined) found.push(waitsFor);
      else if (status?.synced !== true) found.push(`${watch.kind.kind}: ${status?.error?.message ?? "not read yet"}`);
      else if (status.staleSince !== undefined)
        found.push(`${watch.kind.kind}: ${status.error?.message ?? "may be behind"}`);
    }
    return found;
  }

  const cluster: Cluster = {
    name: connection.name,
    client: connection.client,
    informers: connection.informers,
    events: options.events,
    clock,
    log,
    signal,
    watch: (watch) => follow(watch, false),
    enqueue: (...keys) => keys.forEach(enqueue),
    complete: () => ready && problems().length === 0,
  };

  /** `again`: asks from time to time for an optional kind that is not served. */
  async function follow(watch: Watch, again: boolean): Promise<Informer | undefined> {
    if (signal.aborted || following.has(watch)) return following.get(watch)?.informer;
    const entry: { informer?: Informer; stop: () => void; waitsFor?: string } = { stop: () => {} };
    following.set(watch, entry);
    for (let pause = firstRetryMs; !signal.aborted; pause = Math.min(lastRetryMs, pause * 2)) {
      try {
        const resource = await connection.client.discovery.find(watch.kind);
        if (resource !== undefined) {
          delete entry.waitsFor;
          return await listen(watch, entry, resource);
        }
        if (watch.optional === true) {
          following.delete(watch);
          if (again) later(optionalRetryMs, () => void follow(watch, again));
          return undefined;
        }
        if (entry.waitsFor === undefined) {
          const message = `the cluster does not serve ${watch.kind.kind} of ${watch.kind.apiVersion}`;
          log.warn({ finding: runFinding("FL740", { message }) }, "a kind is not served");
          entry.waitsFor = message;
        }
      } catch (error) {
        if (signal.aborted) return undefined;
        const message = `${watch.kind.kind}: ${isKubeError(error) ? error.message : "cannot be watched"}`;
        if (entry.waitsFor !== message) {
          log.warn(
            { finding: runFinding("FL741", { message }), error: errorFields(error) },
            "a kind cannot be watched",
          );
        }
        entry.waitsFor = message;
      }
      await new Promise<void>((resolve) => later(pause, resolve, true));
    }
    return undefined;
  }

  async function listen(
    watch: Watch,
    entry: { informer?: Informer; stop: () => void },
    resource: Informer["scope"]["resource"],
  ): Promise<Informer> {
    const { namespace, labelSelector, fieldSelector, indexes, strip } = watch;
    const informer = connection.informers.informer(
      {
        resource,
        ...(namespace !== undefined && { namespace }),
        ...(labelSelector !== undefined && { labelSelector }),
        ...(fieldSelector !== undefined && { fieldSelector }),
      },
      { ...(indexes !== undefined && { indexes }), ...(strip !== undefined && { strip }) },
    );
    entry.informer = informer;
    const stopListening = informer.listen((change) => {
      watch.listen?.(change);
      if (change.kind !== "added") for (const key of watch.keys(change.previous)) enqueue(key);
      if (change.kind !== "deleted") for (const key of watch.keys(change.object)) enqueue(key);
    });
    let said: string | undefined;
    const stopStatus = informer.onStatus(({ error }) => {
      if (error?.code === said) return;
      said = error?.code;
      if (error === undefined) log.info({ kind: watch.kind.kind }, "a kind is watched again");
      else log.warn({ kind: watch.kind.kind, error: errorFields(error) }, "a kind cannot be watched");
    });
    entry.stop = () => {
      stopListening();
      stopStatus();
      connection.informers.release(informer);
    };
    await informer.waitForSync(signal);
    return informer;
  }

  function later(ms: number, run: () => void, always = false): Cancel {
    const end = () => {
      signal.removeEventListener("abort", end);
      cancel();
      if (always || !signal.aborted) run();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener("abort", end);
    return end;
  }

  async function start(): Promise<void> {
    for (let pause = firstRetryMs; controller.open !== undefined; pause = Math.min(lastRetryMs, pause * 2)) {
      try {
        state = await controller.open(cluster);
        break;
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ error: errorFields(error) }, "a controller cannot be opened for a cluster");
        await new Promise<void>((resolve) => later(pause, resolve, true));
        if (signal.aborted) return;
      }
    }
    // Those that a reconcile adds later do not hold the others back.
    await Promise.all(controller.watches.map((watch) => follow(watch, true)));
    if (signal.aborted) return;
    ready = true;
    log.info({ watches: following.size, keys: held.size }, "a cluster is in view");
    for (const key of held) options.enqueue(key);
    held.clear();
  }

  start().catch((error: unknown) => {
    if (!signal.aborted) log.error({ error: errorFields(error) }, "a cluster cannot be watched");
  });

  return {
    cluster,
    state: () => state,
    synced: () => ready,
    problems,
    staleMs() {
      let since = Infinity;
      for (const { informer } of following.values()) since = Math.min(since, informer?.status().staleSince ?? Infinity);
      return Math.max(0, clock.now() - since) || 0;
    },
    resync() {
      for (const [watch, { informer }] of following) {
        for (const object of informer?.store.values() ?? []) for (const key of watch.keys(object)) enqueue(key);
      }
    },
    detach() {
      for (const { stop } of following.values()) stop();
      following.clear();
    },
  };
}
