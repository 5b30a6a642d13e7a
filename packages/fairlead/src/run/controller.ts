import type { Clock } from "@fairlead/apimachinery";
import type { KrmObject, ObjectRef } from "@fairlead/krm";
import type { Change, Client, EventRecorder, Informer, InformerOptions, Informers } from "@fairlead/kube";
import type { Log } from "./log.ts";
import type { Outcome } from "./outcome.ts";

/** The objects of a kind that a controller follows, and whose keys they are. */
export interface Watch extends InformerOptions {
  readonly kind: Pick<ObjectRef, "apiVersion" | "kind">;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** A cluster without this kind is a complete one; it is watched when it comes. */
  readonly optional?: boolean;
  /** What has to be looked at when this object is there, changes or goes. Called for the state before a change, too. */
  keys(object: KrmObject): readonly string[];
  /** For a controller that keeps more than a store does: told each change, before `keys` are asked. It must not throw. */
  listen?(change: Change): void;
}

/** A cluster, as a controller sees it. */
export interface Cluster {
  readonly name: string;
  readonly client: Client;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends when the cluster is removed, or the manager stops. */
  readonly signal: AbortSignal;
  /**
   * Watches one more kind for the controller. Resolves when its objects are in; at once, with undefined, if it is
   * optional and the cluster does not serve it now. Rejects when the cluster goes.
   */
  watch(watch: Watch): Promise<Informer | undefined>;
  /** Has keys looked at. */
  enqueue(...keys: readonly string[]): void;
  /**
   * Whether everything that is watched is in and current. While it is not, nothing may be deleted for being absent from
   * the view.
   */
  complete(): boolean;
}

export interface ReconcileContext<State = undefined> {
  readonly cluster: Cluster;
  /** What `open` made for this cluster. */
  readonly state: State;
  /** Each line carries controller, cluster, key and reconcile id. */
  readonly log: Log;
  readonly reconcileId: string;
  /** Aborts when leadership is lost, the cluster goes, or the time for stopping is over: every call takes it. */
  readonly signal: AbortSignal;
  /** For fencing: larger for each new leader; undefined without leader election. */
  readonly term: number | undefined;
  /** Whether this process may write at this moment; ask before each step that writes. */
  mayWrite(): boolean;
}

/**
 * A watch set, a key function and what is done for a key. `reconcile` is told no event: it looks at what is, and makes
 * it what should be. What it throws is tried again after a growing time, unless it is a `TerminalError`.
 */
export interface Controller<State = undefined> {
  /** Such as `workloads`: names it in logs and metrics. */
  readonly name: string;
  readonly watches: readonly Watch[];
  /** Reconciles at the same time, in all clusters together; 4 unless told. One key is never worked on twice at a time. */
  readonly concurrency?: number;
  /** Prepares a cluster, before its watches start. */
  open?(cluster: Cluster): Promise<State>;
  reconcile(key: string, context: ReconcileContext<State>): Promise<Outcome>;
}

/** Any controller, whatever it keeps for a cluster. */
// What `open` returns goes into `reconcile` of the same controller and nowhere else.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyController = Controller<any>;

/** Types a controller; a mistake in its shape is a RangeError at start, not at the first object. */
export function defineController<State = undefined>(controller: Controller<State>): Controller<State> {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(controller.name)) {
    throw new RangeError(`a controller's name is lower-case letters, digits and dashes, not ${controller.name}`);
  }
  const { concurrency = 1 } = controller;
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new RangeError("concurrency is a positive integer");
  return controller;
}
