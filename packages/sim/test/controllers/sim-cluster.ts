import { canonicalJson, jsonMerge, type JsonObject, virtualClock, type VirtualClock } from "@fairlead/apimachinery";
import { createCore } from "../../src/cluster/core.ts";
import { seededRandom } from "../../src/cluster/random.ts";
import type { Api, Controller } from "../../src/controllers/controller.ts";
import { type RunningControllers, startControllers } from "../../src/controllers/runtime.ts";
import type { ApiError } from "../../src/errors.ts";
import { createStore } from "../../src/store/memory-store.ts";

const collections: { readonly [kind: string]: string } = {
  Node: "nodes",
  Pod: "pods",
  ReplicationController: "replicationcontrollers",
  ReplicaSet: "replicasets.apps",
  Deployment: "deployments.apps",
  StatefulSet: "statefulsets.apps",
  DaemonSet: "daemonsets.apps",
  Job: "jobs.batch",
  CronJob: "cronjobs.batch",
};

export interface SimCluster extends RunningControllers {
  readonly clock: VirtualClock;
  /** As somebody who may do everything. */
  readonly api: Api;
  /** What controllers wrote: `create pods default/web-abc`. */
  readonly writes: string[];
  readonly errors: unknown[];
  /** Refuses writes of controllers for as long as it returns an error. */
  refuse: (verb: string, collection: string) => ApiError | undefined;
  /** Creates the object, or merges it into the one that is there; in `default` unless it says otherwise. */
  apply(object: JsonObject): Promise<JsonObject>;
  /** `type reason message` of all Events, in the order in which they were created, with ` ×count`. */
  events(): string[];
  /** Lets time pass in steps, and what happens in each of them end. */
  pass(ms: number, step?: number): Promise<void>;
  /** Everything that is stored, as text. */
  dump(): string;
}

const user = { name: "admin", groups: ["system:masters", "system:authenticated"] };

/** A cluster on a virtual clock with the controllers that are under test. */
export function simCluster(controllers: readonly Controller[], options: { readonly seed?: number } = {}): SimCluster {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const random = seededRandom(options.seed ?? 1);
  const errors: unknown[] = [];
  const writes: string[] = [];
  const store = createStore();
  const core = createCore({
    store,
    clock,
    random,
    address: () => "127.0.0.1:0",
    onError: (error) => errors.push(error),
    disabledAdmission: ["ServiceAccount", "TaintNodesByCondition"],
  });
  const api = core.apiFor(user, "test");
  const running = startControllers(controllers, {
    store,
    api: watched(core.apiFor({ ...user, name: "system:kube-controller-manager" }, "kube-controller-manager")),
    clock,
    random,
    onError: ({ error }) => errors.push(error),
  });

  function watched(inner: Api): Api {
    const note = async <T>(verb: string, collection: string, key: string, write: () => Promise<T>): Promise<T> => {
      const refusal = cluster.refuse(verb, collection);
      if (refusal !== undefined) throw refusal;
      const result = await write();
      const { namespace, name } = ((result as JsonObject | undefined)?.["metadata"] ?? {}) as JsonObject;
      writes.push(`${verb} ${collection} ${key === "" ? `${namespace as string}/${name as string}` : key}`);
      return result;
    };
    return {
      ...inner,
      create: (collection, object) => note("create", collection, "", () => inner.create(collection, object)),
      update: (collection, object) => note("update", collection, "", () => inner.update(collection, object)),
      updateStatus: (collection, object) =>
        note("updateStatus", collection, "", () => inner.updateStatus(collection, object)),
      patch: (collection, key, patch, subresource) =>
        note("patch", collection, "", () => inner.patch(collection, key, patch, subresource)),
      delete: (collection, key, deletion) =>
        note("delete", collection, `${key.namespace}/${key.name}`, () => inner.delete(collection, key, deletion)),
    };
  }

  const cluster: SimCluster = {
    clock,
    api,
    writes,
    errors,
    refuse: () => undefined,
    async apply(object) {
      const { kind } = object as { kind: string };
      const collection = collections[kind]!;
      const { name, namespace = kind === "Node" ? "" : "default" } = object["metadata"] as {
        name: string;
        namespace?: string;
      };
      const placed = namespace === "" ? {} : { namespace };
      const full = { ...object, metadata: { ...placed, ...(object["metadata"] as JsonObject) } };
      const before = api.get(collection, { namespace, name });
      if (before === undefined) return await api.create(collection, full);
      return await api.update(collection, jsonMerge(before, full) as JsonObject);
    },
    events: () =>
      [...store.range("events")]
        .sort((a, b) => orderOf(a.object) - orderOf(b.object))
        .map(({ object }) => {
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
    dump: () =>
      ["pods", "events", "replicasets.apps", "deployments.apps"]
        .flatMap((collection) => [...store.range(collection)].map(({ object }) => canonicalJson(object)))
        .join("\n"),
    stop() {
      running.stop();
      core.close();
      store.close();
    },
    settled: running.settled,
    get busy() {
      return running.busy;
    },
  };
  return cluster;
}

/** Names of Events end with the nanoseconds of when they happened. */
function orderOf(event: JsonObject): number {
  const { name } = event["metadata"] as { name: string };
  return Number(BigInt(`0x${name.slice(name.lastIndexOf(".") + 1)}`) - BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n);
}
