import { type JsonObject, virtualClock } from "@fairlead/apimachinery";
import { clusterControllers } from "../../../src/cluster/controllers.ts";
import { createCore } from "../../../src/cluster/core.ts";
import { seededRandom } from "../../../src/cluster/random.ts";
import { startControllers } from "../../../src/controllers/runtime.ts";
import { ApiError } from "../../../src/errors.ts";
import { nodeObject } from "../../../src/node/nodes.ts";
import { createStore } from "../../../src/store/memory-store.ts";
import type { KindName, Plane } from "./scenario.ts";

export const collections: { readonly [kind in KindName]: string } = {
  Deployment: "deployments.apps",
  ReplicaSet: "replicasets.apps",
  ReplicationController: "replicationcontrollers",
  StatefulSet: "statefulsets.apps",
  DaemonSet: "daemonsets.apps",
  ControllerRevision: "controllerrevisions.apps",
  Job: "jobs.batch",
  CronJob: "cronjobs.batch",
  Pod: "pods",
  PersistentVolumeClaim: "persistentvolumeclaims",
  Event: "events",
};

export interface SimPlane extends Plane {
  /** What went wrong besides refused writes. */
  readonly errors: readonly unknown[];
  stop(): void;
}

const namespace = "scenario";
const stepMs = 200;

/** An embedded cluster of three nodes on a virtual clock. */
export async function simPlane(): Promise<SimPlane> {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const random = seededRandom(1);
  const errors: unknown[] = [];
  const store = createStore();
  const core = createCore({
    store,
    clock,
    random,
    address: () => "127.0.0.1:0",
    onError: (error) => errors.push(error),
  });
  const apiFor = (name: string): ReturnType<typeof core.apiFor> =>
    core.apiFor({ name, groups: ["system:masters", "system:authenticated"] }, name);
  const running = startControllers(clusterControllers({ table: core.table, certificate: () => "", keys: core.keys }), {
    store,
    api: apiFor("kube-controller-manager"),
    clock,
    random,
    onError: ({ error }) => {
      if (!(error instanceof ApiError)) errors.push(error);
    },
  });
  const api = apiFor("admin");
  for (const [index, zone] of ["a", "b", "c"].entries()) {
    const options = { name: `node-${index}`, region: "real-1", zone: `real-1${zone}` };
    await api.create("nodes", nodeObject(options, clock.now()));
  }
  await api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });

  async function pass(ms: number): Promise<void> {
    await running.settled();
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(stepMs);
      await running.settled();
    }
  }

  await pass(1000);
  return {
    errors,
    async create(object) {
      const { kind, metadata } = object as { kind: KindName; metadata: JsonObject };
      await api.create(collections[kind], { ...object, metadata: { ...metadata, namespace } });
    },
    async merge(kind, name, patch) {
      await api.patch(collections[kind], { namespace, name }, patch);
    },
    async remove(kind, name, propagation) {
      const options = propagation === undefined ? {} : { propagationPolicy: propagation as "Orphan" };
      await api.delete(collections[kind], { namespace, name }, options);
    },
    get: (kind, name) => Promise.resolve(api.get(collections[kind], { namespace, name })),
    list: (kind) => Promise.resolve(api.list(collections[kind], namespace)),
    async until(what, condition, seconds = 60) {
      for (let passed = 0; !(await condition()); passed += stepMs) {
        if (passed > seconds * 1000) throw new Error(`waited in vain for ${what}`);
        await pass(stepMs);
      }
    },
    pass: (seconds) => pass(seconds * 1000),
    settle: () => pass(4000),
    stop() {
      running.stop();
      core.close();
      store.close();
    },
  };
}
