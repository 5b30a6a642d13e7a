import {
  clone,
  defaultObject,
  equal,
  type JsonObject,
  jsonMerge,
  virtualClock,
  type VirtualClock,
} from "@fairlead/apimachinery";
import type { Api, Controller, Dependent, ObjectKey } from "../../src/controllers/controller.ts";
import { type RunningControllers, startControllers } from "../../src/controllers/runtime.ts";
import { alreadyExists, type ApiError, conflict, notFound, staleObject } from "../../src/errors.ts";
import type { Store, StoreEvent, Stored } from "../../src/store/store.ts";

const kinds: { readonly [kind: string]: string } = {
  Pod: "pods",
  Event: "events",
  Node: "nodes",
  PersistentVolumeClaim: "persistentvolumeclaims",
  ReplicationController: "replicationcontrollers",
  ReplicaSet: "replicasets.apps",
  Deployment: "deployments.apps",
  StatefulSet: "statefulsets.apps",
  DaemonSet: "daemonsets.apps",
  ControllerRevision: "controllerrevisions.apps",
  Job: "jobs.batch",
  CronJob: "cronjobs.batch",
};

type Meta = { [key: string]: never } & {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  generateName?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  ownerReferences?: { uid: string }[];
};

const metaOf = (object: JsonObject): Meta => object["metadata"] as unknown as Meta;

export interface FakeCluster extends RunningControllers {
  readonly clock: VirtualClock;
  readonly api: Api;
  /** Every write: `create pods default/web-abc`. */
  readonly writes: string[];
  readonly errors: unknown[];
  /** Refuses writes for as long as it returns an error. */
  refuse: (verb: string, collection: string, object: JsonObject) => ApiError | undefined;
  apply(object: JsonObject): Promise<JsonObject>;
  /** `type reason message` of all Events, in the order in which they were written, with `×count`. */
  events(): string[];
  /** Lets time pass in small steps, and what happens in each of them end. */
  pass(ms: number, step?: number): Promise<void>;
}

/** Objects in maps behind the contract of the API: enough of a server for controllers. */
export function fakeCluster(controllers: readonly Controller[], options: { readonly seed?: number } = {}): FakeCluster {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const objects = new Map<string, Map<string, Stored>>();
  const listeners = new Set<(event: StoreEvent) => void>();
  const writes: string[] = [];
  const errors: unknown[] = [];
  let revision = 0;
  let seed = options.seed ?? 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const letters = (count: number): string =>
    Array.from({ length: count }, () => "bcdfghjklmnpqrstvwxz2456789"[Math.floor(random() * 27)]).join("");
  const stamp = (): string => `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  const keyOf = ({ namespace, name }: ObjectKey): string => (namespace === "" ? name : `${namespace}/${name}`);
  const target = (collection: string): { group: string; plural: string } => {
    const [plural = "", group = ""] = collection.split(".");
    return { plural, group };
  };

  function write(kind: StoreEvent["kind"], collection: string, object: JsonObject): JsonObject {
    const own = objects.get(collection) ?? new Map<string, Stored>();
    objects.set(collection, own);
    const meta = metaOf(object);
    const key = keyOf({ namespace: meta.namespace ?? "", name: meta.name });
    revision++;
    const next = { ...object, metadata: { ...(meta as object), resourceVersion: String(revision) } } as JsonObject;
    const previous = own.get(key);
    const stored: Stored = { key, revision, bytes: new Uint8Array(), object: next };
    if (kind === "deleted") own.delete(key);
    else own.set(key, stored);
    for (const listener of listeners) listener({ kind, collection, revision, stored, previous });
    return next;
  }

  function find(collection: string, key: ObjectKey): JsonObject {
    const found = objects.get(collection)?.get(keyOf(key))?.object;
    if (found === undefined) throw notFound(target(collection), key.name);
    return found;
  }

  function replace(verb: string, collection: string, object: JsonObject, isStatus: boolean): JsonObject {
    const meta = metaOf(object);
    const refusal = cluster.refuse(verb, collection, object);
    if (refusal !== undefined) throw refusal;
    const before = find(collection, { namespace: meta.namespace ?? "", name: meta.name });
    const old = metaOf(before);
    if (meta.resourceVersion !== undefined && meta.resourceVersion !== old.resourceVersion) {
      throw conflict(target(collection), meta.name, staleObject);
    }
    const kept = { uid: old.uid, creationTimestamp: old.creationTimestamp, generation: old.generation ?? 1 };
    const next = defaultObject(clone(object));
    const metadata: JsonObject = { ...(meta as unknown as JsonObject), ...(kept as JsonObject) };
    next["metadata"] = isStatus
      ? { ...(before["metadata"] as JsonObject), annotations: metadata["annotations"] ?? {} }
      : metadata;
    if (isStatus) next["spec"] = before["spec"]!;
    else if (collection !== "pods" && before["status"] !== undefined) next["status"] = before["status"];
    if (!isStatus && !equal(before["spec"], next["spec"]))
      (next["metadata"] as JsonObject)["generation"] = (old.generation ?? 1) + 1;
    if (equal(before, next)) return before;
    writes.push(`${verb} ${collection} ${keyOf({ namespace: meta.namespace ?? "", name: meta.name })}`);
    if (meta.deletionTimestamp !== undefined && (meta.finalizers ?? []).length === 0 && collection !== "pods") {
      return write("deleted", collection, next);
    }
    if (
      collection === "pods" &&
      old.deletionTimestamp !== undefined &&
      (meta.finalizers ?? []).length === 0 &&
      metadata["deletionGracePeriodSeconds"] === 0
    ) {
      return write("deleted", collection, next);
    }
    return write("modified", collection, next);
  }

  const api: Api = {
    get: (collection, key) => objects.get(collection)?.get(keyOf(key))?.object,
    list: (collection, namespace) =>
      [...(objects.get(collection)?.values() ?? [])]
        .filter(({ object }) => namespace === undefined || metaOf(object).namespace === namespace)
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ object }) => object),
    dependents(uid) {
      const found: Dependent[] = [];
      for (const [collection, own] of objects) {
        for (const { object } of own.values()) {
          const { namespace = "", name, ownerReferences = [] } = metaOf(object);
          if (ownerReferences.some((one) => one.uid === uid)) found.push({ collection, namespace, name });
        }
      }
      return found;
    },
    async create(collection, object) {
      const refusal = cluster.refuse("create", collection, object);
      if (refusal !== undefined) throw refusal;
      const next = defaultObject(clone(object));
      const meta = metaOf(next) as unknown as JsonObject;
      if (meta["generateName"] !== undefined && meta["name"] === undefined)
        meta["name"] = `${meta["generateName"] as string}${letters(5)}`;
      const name = meta["name"] as string;
      if (objects.get(collection)?.has(keyOf({ namespace: (meta["namespace"] as string) ?? "", name })) === true) {
        throw alreadyExists(target(collection), name);
      }
      Object.assign(meta, { uid: `uid-${revision + 1}`, creationTimestamp: stamp(), generation: 1 });
      if (collection === "pods") next["status"] = { phase: "Pending", ...(object["status"] as JsonObject) };
      else if (collection !== "events" && object["status"] !== undefined) delete next["status"];
      writes.push(`create ${collection} ${keyOf({ namespace: (meta["namespace"] as string) ?? "", name })}`);
      return write("added", collection, next);
    },
    update: async (collection, object) => replace("update", collection, object, false),
    updateStatus: async (collection, object) => replace("updateStatus", collection, object, true),
    async patch(collection, key, patch, subresource) {
      const before = find(collection, key);
      const { metadata, ...rest } = patch;
      const { uid, resourceVersion, ...change } = (metadata ?? {}) as JsonObject;
      const old = metaOf(before);
      if (
        (uid !== undefined && uid !== old.uid) ||
        (resourceVersion !== undefined && resourceVersion !== old.resourceVersion)
      ) {
        throw conflict(target(collection), key.name, staleObject);
      }
      const next = jsonMerge(before, { ...rest, metadata: change }) as JsonObject;
      return replace("patch", collection, next, subresource === "status");
    },
    createSubresource: async () => ({}),
    async delete(collection, key, deletion) {
      const before = find(collection, key);
      const refusal = cluster.refuse("delete", collection, before);
      if (refusal !== undefined) throw refusal;
      const meta = metaOf(before);
      if (deletion?.preconditions?.uid !== undefined && deletion.preconditions.uid !== meta.uid) {
        throw conflict(target(collection), key.name, "the UID in the precondition differs");
      }
      const assigned = collection === "pods" && (before["spec"] as JsonObject)["nodeName"] !== undefined;
      const grace = deletion?.gracePeriodSeconds ?? (assigned ? 30 : 0);
      if (meta.deletionTimestamp !== undefined && grace > 0) return;
      writes.push(`delete ${collection} ${keyOf(key)}`);
      if ((meta.finalizers ?? []).length > 0 || grace > 0) {
        const marked = {
          ...(meta as unknown as JsonObject),
          deletionTimestamp: stamp(),
          deletionGracePeriodSeconds: grace,
        };
        write("modified", collection, { ...before, metadata: marked });
      } else write("deleted", collection, before);
    },
  };

  const store = {
    subscribe(listener: (event: StoreEvent) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    range: (collection: string) =>
      [...(objects.get(collection)?.values() ?? [])].sort((a, b) => (a.key < b.key ? -1 : 1)).values(),
  } as unknown as Store;
  const running = startControllers(controllers, {
    store,
    api,
    clock,
    random,
    onError: ({ error }) => errors.push(error),
  });

  const cluster: FakeCluster = {
    clock,
    api,
    writes,
    errors,
    refuse: () => undefined,
    async apply(object) {
      const collection = kinds[object["kind"] as string]!;
      const withNamespace = {
        ...object,
        metadata: { namespace: "default", ...(object["metadata"] as JsonObject) },
      } as JsonObject;
      const meta = metaOf(withNamespace);
      const before = api.get(collection, { namespace: meta.namespace!, name: meta.name });
      if (before === undefined) return await api.create(collection, withNamespace);
      return await api.update(collection, jsonMerge(before, withNamespace) as JsonObject);
    },
    events: () =>
      [...(objects.get("events")?.values() ?? [])].map(({ object }) => {
        const { type, reason, message, count } = object as {
          type: string;
          reason: string;
          message: string;
          count: number;
        };
        return `${type} ${reason} ${message}${count > 1 ? ` ×${count}` : ""}`;
      }),
    async pass(ms, step = 1000) {
      await running.settled();
      for (let passed = 0; passed < ms; passed += step) {
        clock.advance(Math.min(step, ms - passed));
        await running.settled();
      }
    },
    stop: running.stop,
    settled: running.settled,
    get busy() {
      return running.busy;
    },
  };
  return cluster;
}
