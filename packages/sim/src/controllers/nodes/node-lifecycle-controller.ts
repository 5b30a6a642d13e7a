import { equal, get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { isSilent } from "../../node/silent.ts";
import { isNotFound } from "../common/pod-control.ts";
import { formatTime } from "../common/time.ts";
import type { Controller, ControllerContext } from "../controller.ts";
import {
  conditionsOf,
  gracePeriod,
  isReady,
  lastHeard,
  monitorPeriod,
  unknownConditions,
  type Heard,
} from "./node-health.ts";

export interface LifecycleOptions {
  /** Whether the nodes of the cluster renew their Leases; only of those that fall silent is nothing heard unless told. */
  readonly heartbeats?: boolean;
}

/**
 * Keeps the taints of nodes in step with their conditions, so that pods go where they can run; and says of a node of
 * which nothing is heard that nobody knows how it is.
 */
export function nodeLifecycleController({ heartbeats = false }: LifecycleOptions = {}): Controller {
  const heard = new Map<string, Heard>();
  return {
    name: "node-controller",
    watches: [
      {
        collection: "nodes",
        keys: (node, { kind, previous, api }) => {
          const name = nameOf(node);
          if (kind === "deleted") heard.delete(name);
          const isSame = kind === "modified" && previous !== undefined && isReady(node) === isReady(previous);
          // Whether all nodes are lost concerns each of them.
          if (!isSame) return api.list("nodes").map(nameOf);
          return [name];
        },
      },
    ],
    reconcile: async (name, context) => {
      const { api, now } = context;
      const found = api.get("nodes", { namespace: "", name });
      if (found === undefined) return undefined;
      const isWatched = heartbeats || isSilent(found);
      const lease = heartbeats
        ? api.get("leases.coordination.k8s.io", { namespace: "kube-node-lease", name })
        : undefined;
      // Its silence begins when it is first watched.
      const known = heard.get(name);
      const at = lastHeard(found, lease, known, now);
      const isOverdue = now - at > gracePeriod;
      if (isWatched) heard.set(name, { at, isSuspected: isOverdue });
      else heard.delete(name);
      const isLost = isOverdue && known?.isSuspected === true;
      const node = isLost ? await declareLost(found, context) : found;
      await keepTaints(node, context);
      // Whoever is heard of again says so in the status.
      if (!isWatched || isLost) return undefined;
      return { afterMs: isOverdue ? monitorPeriod : at + gracePeriod + 1 - now };
    },
  };
}

function nameOf(node: JsonObject): string {
  return textOf(get(node["metadata"], "name"));
}

/** Nobody knows how the node is: its pods count as not ready from now on. */
async function declareLost(node: JsonObject, { api, now, event }: ControllerContext): Promise<JsonObject> {
  const conditions = unknownConditions(node, now);
  if (equal([...conditions], [...conditionsOf(node)])) return node;
  const status = isObject(node["status"]) ? node["status"] : {};
  const lost = await api.updateStatus("nodes", { ...node, status: { ...status, conditions: [...conditions] } });
  if (!isReady(node)) return lost;
  const name = nameOf(node);
  event(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
  for (const pod of api.list("pods")) {
    if (get(pod["spec"], "nodeName") !== name || !isReady(pod)) continue;
    const { namespace, name: own } = pod["metadata"] as { readonly namespace: string; readonly name: string };
    const next = conditionsOf(pod).map((one) =>
      get(one, "type") === "Ready"
        ? { ...(one as JsonObject), status: "False", lastTransitionTime: formatTime(now) }
        : one,
    );
    try {
      await api.patch("pods", { namespace, name: own }, { status: { conditions: next } }, "status");
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    event(pod, "Warning", "NodeNotReady", "Node is not ready");
  }
  return lost;
}

async function keepTaints(node: JsonObject, { api, now }: ControllerContext): Promise<void> {
  const before = taintsOf(node);
  // Where no node is left, nothing would be won by moving pods.
  const allLost = api.list("nodes").every((one) => !isReady(one));
  const taints = planTaints(node, now, allLost);
  if (equal([...taints], [...before])) return;
  const spec = isObject(node["spec"]) ? { ...node["spec"] } : {};
  if (taints.length === 0) delete spec["taints"];
  else spec["taints"] = [...taints];
  await api.update("nodes", { ...node, spec });
}

const prefix = "node.kubernetes.io/";

/** By condition and status: the taint that it means. */
const byCondition: readonly (readonly [type: string, status: string, taint: string])[] = [
  ["Ready", "False", "not-ready"],
  ["Ready", "Unknown", "unreachable"],
  ["MemoryPressure", "True", "memory-pressure"],
  ["DiskPressure", "True", "disk-pressure"],
  ["PIDPressure", "True", "pid-pressure"],
  ["NetworkUnavailable", "True", "network-unavailable"],
];

const managed = new Set([...byCondition.map(([, , taint]) => `${prefix}${taint}`), `${prefix}unschedulable`]);

function taintsOf(node: JsonObject): readonly JsonValue[] {
  const taints = get(node["spec"], "taints");
  return Array.isArray(taints) ? taints : [];
}

/**
 * The taints that a node should have: those of others, those of its conditions, and that of `spec.unschedulable`.
 * @param allLost No node of the cluster is ready: no pod has to go.
 */
export function planTaints(node: JsonObject, now: number, allLost = false): readonly JsonValue[] {
  const list = conditionsOf(node);
  const holds = byCondition.filter(([type, status]) =>
    list.some((one) => get(one, "type") === type && get(one, "status") === status),
  );
  const wanted = holds.flatMap(([type, , taint]) => {
    const key = `${prefix}${taint}`;
    return [{ key, effect: "NoSchedule" }, ...(type === "Ready" && !allLost ? [{ key, effect: "NoExecute" }] : [])];
  });
  if (get(node["spec"], "unschedulable") === true) wanted.push({ key: `${prefix}unschedulable`, effect: "NoSchedule" });
  const before = taintsOf(node);
  const isWanted = (one: JsonValue): boolean =>
    wanted.some(({ key, effect }) => get(one, "key") === key && get(one, "effect") === effect);
  const kept = before.filter((one) => !managed.has(textOf(get(one, "key"))) || isWanted(one));
  const added = wanted
    .filter(({ key, effect }) => !before.some((one) => get(one, "key") === key && get(one, "effect") === effect))
    .map((one) => ({ ...one, timeAdded: formatTime(now) }));
  return [...kept, ...added];
}
