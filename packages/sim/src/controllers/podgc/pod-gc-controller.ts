import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { isNotFound } from "../common/pod-control.ts";
import { splitKey } from "../common/objects.ts";
import { formatTime } from "../common/time.ts";
import type { Controller, ControllerContext, Outcome } from "../controller.ts";

export interface PodGcOptions {
  /** How many pods that have ended may stay; 12,500 unless told. */
  readonly terminatedThreshold?: number;
}

const period = 20_000;
/** A node may come back under its name. */
const quarantine = 40_000;

/** Deletes pods of nodes that are gone, pods that never had a node and are to go, and the oldest of too many ended ones. */
export function podGcController({ terminatedThreshold = 12_500 }: PodGcOptions = {}): Controller {
  const ended = new Set<string>();
  /** When pods whose node is gone are deleted, by key and uid. */
  const lost = new Map<string, number>();
  return {
    name: "pod-garbage-collector-controller",
    watches: [
      {
        collection: "pods",
        keys: (pod, { kind, previous, api }) => {
          const key = keyOf(pod);
          if (kind === "deleted" || !isOver(pod)) ended.delete(key);
          else ended.add(key);
          if (kind === "deleted") return [];
          const node = textOf(get(pod["spec"], "nodeName"));
          const isLost = node !== "" && api.get("nodes", { namespace: "", name: node }) === undefined;
          const isStray = node === "" && get(pod["metadata"], "deletionTimestamp") !== undefined;
          const isNew = previous === undefined || textOf(get(previous["spec"], "nodeName")) !== node;
          return [
            ...(isStray || (isLost && isNew) ? [key] : []),
            ...(ended.size > terminatedThreshold ? ["ended"] : []),
          ];
        },
      },
      {
        collection: "nodes",
        keys: (node, { kind, api }) => {
          if (kind !== "deleted") return [];
          const name = get(node["metadata"], "name");
          return api.list("pods").flatMap((pod) => (get(pod["spec"], "nodeName") === name ? [keyOf(pod)] : []));
        },
      },
    ],
    reconcile: (key, context) =>
      key === "ended" ? thinOut(ended, terminatedThreshold, context) : collect(key, context, lost),
  };
}

function keyOf(pod: JsonObject): string {
  return `${textOf(get(pod["metadata"], "namespace"))}/${textOf(get(pod["metadata"], "name"))}`;
}

function isOver(pod: JsonObject): boolean {
  const phase = get(pod["status"], "phase");
  return phase === "Succeeded" || phase === "Failed";
}

async function collect(key: string, context: ControllerContext, lost: Map<string, number>): Promise<Outcome> {
  const { api, now } = context;
  const pod = api.get("pods", splitKey(key));
  if (pod === undefined) return undefined;
  const node = textOf(get(pod["spec"], "nodeName"));
  if (node === "") {
    if (get(pod["metadata"], "deletionTimestamp") !== undefined) await remove(pod, undefined, context);
    return undefined;
  }
  const id = `${key} ${textOf(get(pod["metadata"], "uid"))}`;
  if (api.get("nodes", { namespace: "", name: node }) !== undefined) {
    lost.delete(id);
    return undefined;
  }
  const at = lost.get(id) ?? Math.ceil(now / period) * period + quarantine;
  if (now < at) {
    lost.set(id, at);
    return { afterMs: at - now };
  }
  lost.delete(id);
  await remove(pod, "PodGC: node no longer exists", context);
  return undefined;
}

/** Evicted pods first, then the oldest. */
async function thinOut(ended: ReadonlySet<string>, most: number, context: ControllerContext): Promise<Outcome> {
  const pods = [...ended].map((key) => context.api.get("pods", splitKey(key))).filter((pod) => pod !== undefined);
  const rank = (pod: JsonObject): string =>
    [
      get(pod["status"], "reason") === "Evicted" ? "0" : "1",
      textOf(get(pod["metadata"], "creationTimestamp")),
      textOf(get(pod["metadata"], "name")),
    ].join(" ");
  const sorted = pods.map((pod) => [rank(pod), pod] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, pod] of sorted.slice(0, Math.max(0, pods.length - most))) await remove(pod, undefined, context);
  return undefined;
}

/** Marks a pod that has not ended as failed, and deletes it without waiting for its node. */
async function remove(pod: JsonObject, why: string | undefined, { api, now }: ControllerContext): Promise<void> {
  const status = isObject(pod["status"]) ? pod["status"] : {};
  const before = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByPodGC",
    message: why ?? "",
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
  };
  const conditions =
    why === undefined ? [...before] : [...before.filter((one) => get(one, "type") !== "DisruptionTarget"), condition];
  try {
    if (!isOver(pod))
      await api.patch("pods", splitKey(keyOf(pod)), { status: { phase: "Failed", conditions } }, "status");
    await api.delete("pods", splitKey(keyOf(pod)), { gracePeriodSeconds: 0 });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
