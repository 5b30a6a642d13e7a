import { equal, get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { isNotFound } from "../../controllers/common/pod-control.ts";
import { splitKey } from "../../controllers/common/objects.ts";
import { formatTime } from "../../controllers/common/time.ts";
import type { Controller, ControllerContext, Outcome } from "../../controllers/controller.ts";
import { bindVolumes } from "./bind-volumes.ts";
import { chooseNode } from "./choose-node.ts";
import { clusterCache, type ClusterCache } from "./cluster-cache.ts";
import { readPod, type PodInfo } from "./node-info.ts";
import { obstacle } from "./obstacle.ts";

const name = "default-scheduler";

/**
 * Puts pods on nodes: the default scheduler's filters and preferences, volumes that wait for their first consumer, and
 * preemption.
 */
export function scheduler(): Controller {
  const cache = clusterCache();
  const state = { cache, from: 0 };
  const waiting = (): readonly string[] => [...cache.failed.keys()];
  return {
    name,
    watches: [
      {
        collection: "pods",
        keys: (pod, { kind, previous }) => {
          const key = keyOf(pod);
          if (kind === "deleted") {
            cache.removePod(key);
            cache.failed.delete(key);
            return waiting();
          }
          cache.setPod(pod);
          // What the scheduler itself says of a pod is no reason to try again.
          if (isWaiting(pod))
            return previous !== undefined && isWaiting(previous) && isSameWish(pod, previous) ? [] : [key];
          cache.failed.delete(key);
          if (isOver(pod) && !(previous !== undefined && isOver(previous))) return waiting();
          const isNews =
            previous === undefined ||
            nodeOf(previous) !== nodeOf(pod) ||
            !equal(get(previous["metadata"], "labels") ?? {}, get(pod["metadata"], "labels") ?? {});
          // One that has a node may be whom another waits for.
          return isNews ? waiting().filter((one) => cache.failed.get(one) === true) : [];
        },
      },
      {
        collection: "nodes",
        keys: (node, { kind, previous }) => {
          if (kind === "deleted") cache.removeNode(textOf(get(node["metadata"], "name")));
          else if (kind === "modified" && isSameRoom(node, previous)) return [];
          else cache.setNode(node);
          return waiting();
        },
      },
      { collection: "persistentvolumeclaims", keys: waiting },
      { collection: "persistentvolumes", keys: waiting },
      { collection: "storageclasses.storage.k8s.io", keys: waiting },
    ],
    reconcile: (key, context) => reconcile(key, context, state),
  };
}

function keyOf(pod: JsonObject): string {
  return `${textOf(get(pod["metadata"], "namespace"))}/${textOf(get(pod["metadata"], "name"))}`;
}

function nodeOf(pod: JsonObject): string {
  return textOf(get(pod["spec"], "nodeName"));
}

function isOver(pod: JsonObject): boolean {
  const phase = get(pod["status"], "phase");
  return phase === "Succeeded" || phase === "Failed";
}

function isWaiting(pod: JsonObject): boolean {
  const { spec } = pod;
  const gates = get(spec, "schedulingGates");
  const isGated = Array.isArray(gates) && gates.length > 0;
  return (
    textOf(get(spec, "schedulerName")) === name &&
    !isGated &&
    nodeOf(pod) === "" &&
    get(pod["metadata"], "deletionTimestamp") === undefined &&
    !isOver(pod)
  );
}

/** Whether a pod asks for the same as before. */
function isSameWish(pod: JsonObject, previous: JsonObject): boolean {
  const labels = (one: JsonObject): JsonObject[string] => get(one["metadata"], "labels") ?? null;
  return equal(pod["spec"] ?? null, previous["spec"] ?? null) && equal(labels(pod), labels(previous));
}

/** Whether a node offers what it offered: heartbeats are nothing new. */
function isSameRoom(node: JsonObject, previous: JsonObject | undefined): boolean {
  if (previous === undefined) return false;
  const room = (one: JsonObject): JsonObject[string][] => [
    get(one["metadata"], "labels") ?? null,
    one["spec"] ?? null,
    get(one["status"], "allocatable") ?? null,
  ];
  return equal(room(node), room(previous));
}

async function reconcile(
  key: string,
  context: ControllerContext,
  state: { readonly cache: ClusterCache; from: number },
): Promise<Outcome> {
  const { api, random } = context;
  const { cache } = state;
  const object = api.get("pods", splitKey(key));
  if (object === undefined || !isWaiting(object)) return undefined;
  const assumed = cache.assumedNode(key);
  if (assumed !== undefined) cache.forget(key);
  const pod = readPod(object);
  const choice = chooseNode({ pod, cache, api, random, from: state.from });
  if (choice.kind === "node") {
    state.from++;
    cache.failed.delete(key);
    // A node whose volumes are on their way stays the choice while it can be.
    const before = assumed === undefined ? undefined : cache.node(assumed);
    const node = before !== undefined && obstacle(choice.needs, before) === undefined ? before.name : choice.name;
    return await place(pod, node, choice.needs.volumes.delayed, context, cache);
  }
  cache.failed.set(key, pod.affinity.length > 0 || get(object["spec"], "topologySpreadConstraints") !== undefined);
  if (choice.kind === "victims") {
    await saysWhy(object, choice.message, choice.node, context);
    for (const victim of choice.victims) await preempt(victim, pod, choice.node, context);
  } else await saysWhy(object, choice.message, undefined, context);
  // Something may come free that no change of these objects tells of.
  return { afterMs: 60_000 };
}

async function place(
  pod: PodInfo,
  node: string,
  delayed: readonly JsonObject[],
  context: ControllerContext,
  cache: ClusterCache,
): Promise<Outcome> {
  const { api } = context;
  cache.assume(pod.key, node);
  if (delayed.length > 0) {
    cache.failed.set(pod.key, false);
    if ((await bindVolumes(delayed, cache.node(node)!, api)) === "waits") return { afterMs: 60_000 };
    cache.failed.delete(pod.key);
  }
  const { namespace, name: own } = pod;
  try {
    await api.createSubresource("pods", { namespace, name: own }, "binding", {
      metadata: { name: own, namespace, uid: pod.uid },
      target: { kind: "Node", apiVersion: "v1", name: node },
    });
  } catch (error) {
    cache.forget(pod.key);
    throw error;
  }
  context.event(pod.pod, "Normal", "Scheduled", `Successfully assigned ${pod.key} to ${node}`);
  return undefined;
}

/** Writes the condition and, where others leave for the pod, where it is to run. */
async function saysWhy(
  pod: JsonObject,
  message: string,
  nominated: string | undefined,
  { api, now, event }: ControllerContext,
): Promise<void> {
  const status = isObject(pod["status"]) ? pod["status"] : {};
  const before = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const known = before.find((one) => get(one, "type") === "PodScheduled");
  const isKnown = get(known, "message") === message && get(known, "status") === "False";
  if (isKnown && (nominated === undefined || status["nominatedNodeName"] === nominated)) return;
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    lastProbeTime: null,
    lastTransitionTime: get(known, "status") === "False" ? get(known, "lastTransitionTime")! : formatTime(now),
  };
  const conditions = [...before.filter((one) => get(one, "type") !== "PodScheduled"), condition];
  const node = nominated === undefined ? {} : { nominatedNodeName: nominated };
  const written = await api.updateStatus("pods", { ...pod, status: { ...status, conditions, ...node } });
  event(written, "Warning", "FailedScheduling", message);
}

/** Deletes a pod that makes room for a more important one. */
async function preempt(
  { pod, namespace, name: own, uid }: PodInfo,
  preemptor: PodInfo,
  node: string,
  { api, now, event }: ControllerContext,
): Promise<void> {
  const status = isObject(pod["status"]) ? pod["status"] : {};
  const before = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "PreemptionByScheduler",
    message: `${name}: preempting to accommodate a higher priority pod`,
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
  };
  const conditions = [...before.filter((one) => get(one, "type") !== "DisruptionTarget"), condition];
  try {
    await api.patch("pods", { namespace, name: own }, { status: { conditions } }, "status");
    await api.delete("pods", { namespace, name: own }, { preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return;
  }
  event(pod, "Normal", "Preempted", `Preempted by pod ${preemptor.uid} on node ${node}`);
}
