import type { JsonObject } from "@fairlead/apimachinery";

/** `apps/v1` and `Deployment` are those of the storage version; collections are named `deployments.apps`. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The API server as a controller uses it, in process and as its own user. Reads are of the store as it is now, in the
 * storage version, shared: what is returned must not be changed. Writes go through admission and throw ApiError.
 */
export interface Api {
  get(collection: string, key: ObjectKey): JsonObject | undefined;
  /** In the order of keys; all namespaces unless told. */
  list(collection: string, namespace?: string): readonly JsonObject[];
  /** Objects with an owner reference to this uid, by collection and key. */
  dependents(uid: string): readonly Dependent[];
  create(collection: string, object: JsonObject): Promise<JsonObject>;
  /** With `metadata.resourceVersion`: 409 if it has changed. */
  update(collection: string, object: JsonObject): Promise<JsonObject>;
  updateStatus(collection: string, object: JsonObject): Promise<JsonObject>;
  /** JSON merge patch, of a subresource if told. */
  patch(collection: string, key: ObjectKey, patch: JsonObject, subresource?: string): Promise<JsonObject>;
  /** Server-side apply by a manager of its own, who takes what others own. */
  apply(collection: string, key: ObjectKey, configuration: JsonObject, fieldManager: string): Promise<JsonObject>;
  /** Any other subresource that is created: `binding`, `eviction`, `token`. */
  createSubresource(collection: string, key: ObjectKey, subresource: string, body: JsonObject): Promise<JsonObject>;
  delete(collection: string, key: ObjectKey, options?: DeleteOptions): Promise<void>;
}

export interface Dependent extends ObjectKey {
  readonly collection: string;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface ControllerContext {
  readonly api: Api;
  /** Milliseconds since the epoch, of the cluster's clock. */
  readonly now: number;
  /** In [0, 1), from the cluster's seed. */
  readonly random: () => number;
  /** Records an Event about the object, aggregated as client-go's recorder does. */
  event(object: JsonObject, type: "Normal" | "Warning", reason: string, message: string): void;
}

/** Looks at the key again later, unless something changes before. */
export type Outcome = { readonly afterMs: number } | undefined;

/**
 * A control loop: level-triggered, one key at a time. What decides is pure and lies in functions of their own
 * (`planX(observed) → actions`); `reconcile` reads, plans, writes. It throws to be called again with back-off.
 */
export interface Controller {
  /** As kube-controller-manager calls it, also the source of its Events: `deployment-controller`. */
  readonly name: string;
  readonly watches: readonly ControllerWatch[];
  /** For what changes outside of the store: hands over what queues a key. Returns what to call when it is stopped. */
  readonly attach?: (enqueue: (key: string) => void) => () => void;
  reconcile(key: string, context: ControllerContext): Promise<Outcome>;
}

export interface ControllerWatch {
  /** `*` for all, those of later CustomResourceDefinitions too. */
  readonly collection: string;
  /** The keys that a change of the object concerns, `namespace/name` as a rule. `previous` of a change or deletion. */
  keys(
    object: JsonObject,
    change: {
      readonly collection: string;
      readonly kind: "added" | "modified" | "deleted";
      readonly previous?: JsonObject;
      readonly api: Api;
    },
  ): readonly string[];
}
