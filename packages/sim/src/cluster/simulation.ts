import { virtualClock, type VirtualClock } from "@fairlead/apimachinery";
import type { Api, Controller } from "../controllers/controller.ts";
import { startControllers, type ControllerProblem, type RunningControllers } from "../controllers/runtime.ts";
import type { PodMetrics } from "../controllers/autoscaler/pod-metrics.ts";
import { ApiError } from "../errors.ts";
import type { NodeOptions } from "../node/nodes.ts";
import { createStore } from "../store/memory-store.ts";
import type { Store } from "../store/store.ts";
import { announceServer } from "./announce-server.ts";
import { furnish } from "./furnish.ts";
import { clusterControllers } from "./controllers.ts";
import { createCore, type Core } from "./core.ts";
import { seededRandom } from "./random.ts";

export interface SimulationOptions {
  /** Decides names, uids and every choice; 1 unless told. */
  readonly seed?: number;
  /** Milliseconds since the epoch at which it begins; 2026-01-01 unless told. */
  readonly start?: number;
  /** What is stored already; an empty store unless told. */
  readonly store?: Store;
  /** Added to an empty store; one node unless told. */
  readonly nodes?: readonly NodeOptions[];
  /** In place of all of a cluster's. */
  readonly controllers?: (core: Core) => readonly Controller[];
  readonly disabledAdmission?: readonly string[];
  /** What pods use, for autoscalers; what their annotations say (`sim.fairlead.dev/cpu: 50m`) unless told. */
  readonly metrics?: PodMetrics;
  /** Besides what the API server refuses: a bug. Thrown unless told. */
  readonly onError?: (error: unknown) => void;
  /** What the API server refused a control loop, which tries again. Nobody unless told. */
  readonly onRetry?: (problem: ControllerProblem) => void;
}

/**
 * A cluster in time that is moved by hand: no sockets, no real timers. The same seed, start and requests give the same
 * writes in the same order, byte for byte.
 */
export interface Simulation {
  readonly clock: VirtualClock;
  readonly core: Core;
  readonly store: Store;
  /** The API server, as an administrator. */
  readonly api: Api;
  /** Lets all that can happen now happen. */
  settle(): Promise<void>;
  /** Moves on by `ms`, settling whenever something happens. */
  advance(ms: number): Promise<void>;
  /** Moves to the next moment at which something happens, at most `ms` ahead; false if nothing does. */
  next(ms: number): Promise<boolean>;
  /** A simulation of its own with the same objects, at the same time. Control loops begin anew from what is stored. */
  fork(seed?: number): Simulation;
  close(): void;
}

/** How many writes at one moment of the clock are few, whatever there is. */
const checkedEvery = 10_000;
const newYear = Date.parse("2026-01-01T00:00:00Z");
const admin = { name: "admin", groups: ["system:masters", "system:authenticated"] };
const manager = { name: "system:kube-controller-manager", groups: ["system:authenticated"] };

export function createSimulation(options: SimulationOptions = {}): Simulation {
  return simulate(options, false);
}

function simulate(options: SimulationOptions, isFork: boolean): Simulation {
  const { seed = 1, start = newYear, store = createStore() } = options;
  const clock = virtualClock(start);
  const random = seededRandom(seed);
  const errors: unknown[] = [];
  const onError = options.onError ?? ((error: unknown): void => void errors.push(error));
  const isNew = store.count("nodes") === 0;
  const core = createCore({
    store,
    clock,
    random,
    onError,
    address: () => "127.0.0.1:6443",
    ...(options.disabledAdmission === undefined ? {} : { disabledAdmission: options.disabledAdmission }),
  });
  const api = core.apiFor(manager, "kube-controller-manager");
  const controllers =
    options.controllers?.(core) ??
    clusterControllers({
      table: core.table,
      certificate: () => "",
      keys: core.keys,
      ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
    });
  const running: RunningControllers = startControllers(controllers, {
    store,
    api,
    clock,
    random,
    looksLater: isFork,
    onError: (problem) => {
      if (!(problem.error instanceof ApiError)) onError(problem.error);
      else options.onRetry?.(problem);
    },
  });
  // Control loops that never come to rest would stop time: who simulates wants to hear of it.
  let [moment, writes] = [-1, 0];
  store.subscribe(({ collection, stored }) => {
    if (clock.now() !== moment) [moment, writes] = [clock.now(), 0];
    writes++;
    if (writes % checkedEvery !== 0 || writes < checkedEvery + 20 * objectsIn(store)) return;
    running.stop();
    const message = `${writes} writes at one moment, the last of ${collection} ${stored.key}`;
    errors.push(new Error(`the cluster does not come to rest: ${message}`));
  });
  const ready = isNew ? begin() : Promise.resolve();

  async function begin(): Promise<void> {
    const announced = announceServer(core.server, { address: "127.0.0.1", port: 6443 });
    await announced.ready;
    // What is loaded later tells of the server that it was read from.
    announced.close();
    await furnish(api, options.nodes ?? [{ name: "node-1" }], clock.now());
  }

  async function settle(): Promise<void> {
    await ready;
    await running.settled();
    if (errors.length > 0) throw errors.shift();
  }

  async function next(ms: number): Promise<boolean> {
    await settle();
    const wait = clock.nextIn;
    if (wait === undefined || wait > ms) return false;
    clock.next();
    await settle();
    return true;
  }

  return {
    clock,
    core,
    store,
    api: core.apiFor(admin, "kubectl"),
    settle,
    next,
    async advance(ms) {
      const end = clock.now() + ms;
      while (await next(end - clock.now()));
      clock.advance(end - clock.now());
      await settle();
    },
    fork: (forkSeed = seed + 1) => {
      const { store: _store, nodes: _nodes, ...rest } = options;
      return simulate({ ...rest, seed: forkSeed, start: clock.now(), store: store.fork() }, true);
    },
    close: () => {
      running.stop();
      core.close();
    },
  };
}

function objectsIn(store: Store): number {
  return store.collections().reduce((sum, collection) => sum + store.count(collection), 0);
}
