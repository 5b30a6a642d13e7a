import { equal, get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { isNotFound } from "../common/pod-control.ts";
import { splitKey } from "../common/objects.ts";
import { formatTime } from "../common/time.ts";
import { tolerates, type TaintLike, type Toleration } from "../common/tolerations.ts";
import type { Controller, ControllerContext, Outcome } from "../controller.ts";

/** Deletes pods from nodes with a NoExecute taint that they do not tolerate, or no longer. */
export function taintEvictionController(): Controller {
  /** Since when a pod is to go, by its key and uid. */
  const begun = new Map<string, number>();
  return {
    name: "taint-eviction-controller",
    watches: [
      {
        collection: "pods",
        keys: (pod, { kind, previous }) => {
          if (kind === "deleted") {
            begun.delete(idOf(pod));
            return [];
          }
          const isNews = previous === undefined || nodeOf(previous) !== nodeOf(pod) || !sameTolerations(previous, pod);
          return isNews && nodeOf(pod) !== "" ? [keyOf(pod)] : [];
        },
      },
      {
        collection: "nodes",
        keys: (node, { kind, previous, api }) => {
          const [now, before] = [taintsOf(node), taintsOf(previous)];
          if (kind === "deleted" || (now.length === 0 && before.length === 0) || equal([...now], [...before]))
            return [];
          const name = get(node["metadata"], "name");
          return api.list("pods").flatMap((pod) => (nodeOf(pod) === name ? [keyOf(pod)] : []));
        },
      },
    ],
    reconcile: (key, context) => reconcile(key, context, begun),
  };
}

function keyOf(pod: JsonObject): string {
  return `${textOf(get(pod["metadata"], "namespace"))}/${textOf(get(pod["metadata"], "name"))}`;
}

function idOf(pod: JsonObject): string {
  return `${keyOf(pod)} ${textOf(get(pod["metadata"], "uid"))}`;
}

function nodeOf(pod: JsonObject): string {
  return textOf(get(pod["spec"], "nodeName"));
}

function sameTolerations(a: JsonObject, b: JsonObject): boolean {
  return equal(get(a["spec"], "tolerations") ?? null, get(b["spec"], "tolerations") ?? null);
}

function taintsOf(node: JsonObject | undefined): readonly JsonValue[] {
  const taints = get(node?.["spec"], "taints");
  return Array.isArray(taints) ? taints.filter((one) => get(one, "effect") === "NoExecute") : [];
}

/**
 * How long a pod may stay on a node with these taints, in seconds: the least that a toleration says. 0: not at all;
 * undefined: for ever.
 */
export function tolerationSeconds(pod: JsonObject, taints: readonly JsonValue[]): number | undefined {
  const list = get(pod["spec"], "tolerations");
  const tolerations = (Array.isArray(list) ? list : []) as unknown as readonly (Toleration & {
    readonly tolerationSeconds?: number;
  })[];
  const used = taints.map((taint) => tolerations.filter((one) => tolerates(one, taint as unknown as TaintLike)));
  if (used.some((one) => one.length === 0)) return 0;
  const limits = used.flat().flatMap((one) => (one.tolerationSeconds === undefined ? [] : [one.tolerationSeconds]));
  return limits.length === 0 ? undefined : Math.max(0, Math.min(...limits));
}

async function reconcile(key: string, context: ControllerContext, begun: Map<string, number>): Promise<Outcome> {
  const { api, now, event } = context;
  const pod = api.get("pods", splitKey(key));
  if (pod === undefined) return undefined;
  const id = idOf(pod);
  const taints = taintsOf(api.get("nodes", { namespace: "", name: nodeOf(pod) }));
  const seconds = taints.length === 0 ? undefined : tolerationSeconds(pod, taints);
  if (seconds === undefined) {
    if (begun.delete(id)) event(pod, "Normal", "TaintManagerEviction", `Cancelling deletion of Pod ${key}`);
    return undefined;
  }
  const since = begun.get(id) ?? now;
  const left = since + seconds * 1000 - now;
  if (left > 0) {
    begun.set(id, since);
    return { afterMs: left };
  }
  begun.delete(id);
  if (get(pod["metadata"], "deletionTimestamp") !== undefined) return undefined;
  event(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${key}`);
  await evict(pod, context);
  return undefined;
}

async function evict(pod: JsonObject, { api, now }: ControllerContext): Promise<void> {
  const status = isObject(pod["status"]) ? pod["status"] : {};
  const before = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
  };
  const conditions = [...before.filter((one) => get(one, "type") !== "DisruptionTarget"), condition];
  const key = splitKey(keyOf(pod));
  const uid = textOf(get(pod["metadata"], "uid"));
  try {
    await api.patch("pods", key, { status: { conditions } }, "status");
    await api.delete("pods", key, { preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
