import type { Clock } from "@fairlead/apimachinery";
import {
  createEventRecorder,
  createWorkQueue,
  type EventRecorder,
  type LeaderElection,
  type WorkKey,
  type WorkQueue,
} from "@fairlead/kube";
import type { Registry } from "prom-client";
import { attach, type Attached, type ClusterConnection } from "./attach.ts";
import type { AnyController } from "./controller.ts";
import { createGate, rightOf, soleRight, type Right } from "./gate.ts";
import { serveHealth, type Health } from "./health.ts";
import { errorFields, type Log } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { reconcileOne } from "./reconcile-one.ts";

/** Which keys are this process's, where several share the work; `createSharding` of the cluster package makes one. */
export interface Partition {
  /** Whether a reconcile of `CLUSTER/KEY` may begin. */
  owns(key: string): boolean;
  /** Whether one that was begun may write. */
  mayGoOn(key: string): boolean;
  /** Called when `owns` may answer otherwise. */
  onChange(listener: () => void): () => void;
}

export interface ManagerOptions {
  readonly clusters: readonly ClusterConnection[];
  readonly controllers: readonly AnyController[];
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** This process, in events: the pod's name. */
  readonly instance: string;
  /** Absent: this process is the only one. */
  readonly election?: LeaderElection;
  /** Absent: every key is this process's. */
  readonly partition?: Partition;
  /** Where /healthz, /readyz and /metrics are served; absent: nowhere. */
  readonly health?: { readonly host: string; readonly port: number };
  /** How long running reconciles may take to end when the manager stops; 25 s unless told. */
  readonly stopMs?: number;
}

export interface Manager {
  /** Starts the controllers in one more cluster. Throws a RangeError for a name that is taken. */
  addCluster(connection: ClusterConnection): void;
  /** Ends the work in a cluster, stops its informers and closes its client. */
  removeCluster(name: string): Promise<void>;
  clusters(): readonly string[];
  /** Whether everything of a cluster was read. */
  synced(cluster: string): boolean;
  /** Why the process is not ready. */
  notReady(): readonly string[];
  readonly registry: Registry;
  /** Where health is served. */
  readonly health: Health | undefined;
  /** Resolves when nothing runs any more that the partition denies: for the hand-over of keys. */
  drained(): Promise<void>;
  /** Takes no more keys, lets running ones end, flushes events, gives the lease up, stops informers. Once is enough. */
  stop(): Promise<void>;
  /** Resolves when it has stopped, whoever stopped it; rejects if the election failed for good. */
  readonly ended: Promise<void>;
}

interface Member {
  readonly connection: ClusterConnection;
  readonly gone: AbortController;
  readonly events: EventRecorder;
  readonly attached: ReadonlyMap<string, Attached>;
}

const flushMs = 5_000;

/** Starts the controllers in all clusters. Rejects only if health cannot be served at its address. */
export async function startManager(options: ManagerOptions): Promise<Manager> {
  const { controllers, clock, random, log, election, partition, instance, stopMs = 25_000 } = options;
  const members = new Map<string, Member>();
  const queues = new Map<string, WorkQueue>();
  const running = new Map<Promise<void>, WorkKey>();
  const waitingSince = new Map<string, number>();
  const gate = createGate();
  const aborting = new AbortController();
  let droppedBefore = 0;

  const metrics = createMetrics(
    controllers.map(({ name }) => name),
    {
      queues: () => [...queues].map(([controller, queue]) => ({ controller, ...queue.metrics() })),
      clusters: () =>
        [...members].map(([name, { attached }]) => ({
          name,
          connected: [...attached.values()].every((one) => one.problems().length === 0),
          staleMs: Math.max(0, ...[...attached.values()].map((one) => one.staleMs())),
        })),
      leading: () => gate.isOpen,
      eventsDropped: () => [...members.values()].reduce((sum, { events }) => sum + events.dropped, droppedBefore),
    },
  );

  function notReady(): string[] {
    const waiting = [...members].flatMap(([name, { attached }]) =>
      [...attached.values()].flatMap((one) => (one.synced() ? [] : [`cluster ${name}: ${one.problems().join("; ")}`])),
    );
    // One cluster that cannot be reached must not take away those that can.
    return waiting.length > 0 && waiting.length >= members.size ? waiting : [];
  }

  const health =
    options.health === undefined
      ? undefined
      : await serveHealth({ ...options.health, registry: metrics.registry, notReady });

  function addCluster(connection: ClusterConnection): void {
    const { name, client } = connection;
    if (members.has(name)) throw new RangeError(`there is a cluster ${name} already`);
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, aborting.signal]);
    const events = createEventRecorder(client, { component: "fairlead.dev/controllers", instance, clock });
    const attached = new Map<string, Attached>();
    members.set(name, { connection, gone, events, attached });
    for (const controller of controllers) {
      const queue = queues.get(controller.name)!;
      const enqueue = (key: string) => {
        const id = `${controller.name} ${name} ${key}`;
        if (!waitingSince.has(id)) waitingSince.set(id, clock.monotonic());
        queue.add({ cluster: name, key });
      };
      const childLog = log.child({ controller: controller.name, cluster: name });
      attached.set(controller.name, attach({ controller, connection, events, clock, log: childLog, signal, enqueue }));
    }
  }

  async function removeCluster(name: string): Promise<void> {
    const member = members.get(name);
    if (member === undefined) return;
    members.delete(name);
    member.gone.abort(new DOMException("the cluster was removed", "AbortError"));
    for (const queue of queues.values()) queue.drop(name);
    for (const id of waitingSince.keys()) if (id.split(" ")[1] === name) waitingSince.delete(id);
    await Promise.all([...running].filter(([, item]) => item.cluster === name).map(([one]) => one));
    await close(member);
    log.info({ cluster: name }, "a cluster was removed");
  }

  async function close({ attached, events, connection }: Member): Promise<void> {
    for (const one of attached.values()) one.detach();
    await within(flushMs, events.flush());
    droppedBefore += events.dropped;
    await connection.informers.stop();
    await connection.client.close();
  }

  function within(ms: number, ending: Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(ms, resolve);
    void ending.then(
      () => resolve(),
      () => resolve(),
    );
    return promise.finally(cancel);
  }

  async function work(controller: AnyController, queue: WorkQueue): Promise<void> {
    for (;;) {
      const item = await queue.take();
      if (item === undefined) return;
      let right = await gate.pass();
      // It may have been lost in the turn between.
      while (right !== undefined && !right.held()) right = await gate.pass();
      if (right === undefined) return queue.done(item);
      const one = handle(controller, queue, item, right);
      running.set(one, item);
      await one;
      running.delete(one);
      queue.done(item);
    }
  }

  async function handle(controller: AnyController, queue: WorkQueue, item: WorkKey, right: Right): Promise<void> {
    const member = members.get(item.cluster);
    const attached = member?.attached.get(controller.name);
    const name = `${item.cluster}/${item.key}`;
    const id = `${controller.name} ${item.cluster} ${item.key}`;
    const since = waitingSince.get(id);
    waitingSince.delete(id);
    if (member === undefined || attached === undefined || partition?.owns(name) === false) return queue.forget(item);
    if (since !== undefined) metrics.waited(controller.name, (clock.monotonic() - since) / 1000);
    const signal = signalOf(member, right);
    const owns = () => partition?.mayGoOn(name) !== false;
    await reconcileOne({ controller, attached, item, right, signal, queue, clock, metrics, owns });
  }

  const signals = new WeakMap<Right, WeakMap<Member, AbortSignal>>();
  /** One signal for all reconciles of a cluster under one right: joining signals for each would cost more than it does. */
  function signalOf(member: Member, right: Right): AbortSignal {
    let ofRight = signals.get(right);
    if (ofRight === undefined) signals.set(right, (ofRight = new WeakMap()));
    let signal = ofRight.get(member);
    if (signal === undefined) {
      signal = AbortSignal.any([member.gone.signal, right.signal, aborting.signal]);
      ofRight.set(member, signal);
    }
    return signal;
  }

  // Timers of the clock do not keep a process alive, and a cluster that cannot be reached has no connection that does.
  const alive = setInterval(() => {}, 60_000);
  for (const controller of controllers) queues.set(controller.name, createWorkQueue({ clock, random }));
  for (const connection of options.clusters) addCluster(connection);
  const workers = controllers.flatMap((controller) =>
    Array.from({ length: controller.concurrency ?? 4 }, () => work(controller, queues.get(controller.name)!)),
  );
  const unsubscribe = partition?.onChange(() => {
    for (const { attached } of members.values()) for (const one of attached.values()) one.resync();
  });

  const leave = new AbortController();
  const elected =
    election?.run(async (leadership) => {
      log.info({ term: leadership.term }, "leading");
      gate.open(rightOf(leadership));
      await aborted(leadership.signal);
      gate.close();
      await Promise.all(running.keys());
      log.info({ term: leadership.term }, "no longer leading");
    }, leave.signal) ?? aborted(leave.signal);
  if (election === undefined) gate.open(soleRight(aborting.signal));

  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    log.info({ running: running.size }, "stopping");
    unsubscribe?.();
    gate.end();
    for (const queue of queues.values()) queue.close({ discard: true });
    await within(stopMs, Promise.all(workers));
    aborting.abort(new DOMException("the manager stops", "AbortError"));
    await within(flushMs, Promise.all(workers));
    // The lease is given up only when nothing of ours writes any more.
    leave.abort();
    await elected.catch((error: unknown) => log.error({ error: errorFields(error) }, "leader election failed"));
    await Promise.all([...members.values()].map(close));
    members.clear();
    await health?.close();
    clearInterval(alive);
    log.info("stopped");
  }
  const stopOnce = () => (stopped ??= stop());

  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const after = (settle: () => void) => void stopOnce().then(settle, reject);
  elected.then(
    () => after(resolve),
    (error: unknown) => after(() => reject(error as Error)),
  );

  return {
    addCluster,
    removeCluster,
    clusters: () => [...members.keys()],
    synced: (name) => [...(members.get(name)?.attached.values() ?? [])].every((one) => one.synced()),
    notReady,
    registry: metrics.registry,
    health,
    async drained() {
      const denied = [...running].filter(([, { cluster, key }]) => partition?.owns(`${cluster}/${key}`) === false);
      await Promise.all(denied.map(([one]) => one));
    },
    stop: stopOnce,
    ended,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
