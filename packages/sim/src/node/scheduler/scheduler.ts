import { equal, get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { splitKey } from "../../controllers/common/objects.ts";
import { formatTime } from "../../controllers/common/time.ts";
import type { Api, Controller, ControllerContext, Outcome } from "../../controllers/controller.ts";
import { claimsProblem } from "./claims.ts";
import { chooseNode } from "./choose-node.ts";
import { candidatesOf } from "./placement.ts";

const name = "default-scheduler";

/** Puts pods on nodes: the default scheduler's filters, and a choice that spreads and fills as it does. */
export function scheduler(): Controller {
  return {
    name,
    watches: [
      {
        collection: "pods",
        keys: (pod, { kind, api }) =>
          kind === "deleted" ? waiting(api) : isWaiting(pod) ? [keyOf(pod)] : isOver(pod) ? waiting(api) : [],
      },
      {
        collection: "nodes",
        keys: (node, { kind, previous, api }) =>
          kind === "modified" && isSameRoom(node, previous) ? [] : waiting(api),
      },
      { collection: "persistentvolumeclaims", keys: (_claim, { api }) => waiting(api) },
    ],
    reconcile,
  };
}

function keyOf(pod: JsonObject): string {
  return `${textOf(get(pod["metadata"], "namespace"))}/${textOf(get(pod["metadata"], "name"))}`;
}

function isWaiting(pod: JsonObject): boolean {
  const { spec } = pod;
  const gates = get(spec, "schedulingGates");
  const isGated = Array.isArray(gates) && gates.length > 0;
  const isOurs = textOf(get(spec, "schedulerName")) === name;
  return (
    isOurs &&
    !isGated &&
    textOf(get(spec, "nodeName")) === "" &&
    get(pod["metadata"], "deletionTimestamp") === undefined &&
    !isOver(pod)
  );
}

function isOver(pod: JsonObject): boolean {
  const phase = get(pod["status"], "phase");
  return phase === "Succeeded" || phase === "Failed";
}

function waiting(api: Api): readonly string[] {
  return api.list("pods").filter(isWaiting).map(keyOf);
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

async function reconcile(key: string, context: ControllerContext): Promise<Outcome> {
  const { api } = context;
  const pod = api.get("pods", splitKey(key));
  if (pod === undefined || !isWaiting(pod)) return undefined;
  const placed = api.list("pods").filter((one) => textOf(get(one["spec"], "nodeName")) !== "" && !isOver(one));
  const problem = claimsProblem(pod, api);
  const choice =
    problem === undefined
      ? chooseNode(pod, candidatesOf(api.list("nodes"), placed), context.random)
      : ({ kind: "none", message: problem } as const);
  if (choice.kind === "node") {
    const { namespace, name: own } = splitKey(key);
    const target = { kind: "Node", apiVersion: "v1", name: choice.name };
    await api.createSubresource("pods", { namespace, name: own }, "binding", {
      metadata: { name: own, namespace, uid: get(pod["metadata"], "uid") ?? "" },
      target,
    });
    context.event(pod, "Normal", "Scheduled", `Successfully assigned ${key} to ${choice.name}`);
    return undefined;
  }
  if (await saysWhy(pod, choice.message, context)) context.event(pod, "Warning", "FailedScheduling", choice.message);
  // Something may come free that no change of these objects tells of.
  return { afterMs: 60_000 };
}

/** Writes the condition; false where it was there. */
async function saysWhy(pod: JsonObject, message: string, { api, now }: ControllerContext): Promise<boolean> {
  const status = isObject(pod["status"]) ? pod["status"] : {};
  const before = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const known = before.find((one) => get(one, "type") === "PodScheduled");
  if (get(known, "message") === message && get(known, "status") === "False") return false;
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    lastProbeTime: null,
    lastTransitionTime: get(known, "lastTransitionTime") ?? formatTime(now),
  };
  const conditions = [...before.filter((one) => get(one, "type") !== "PodScheduled"), condition];
  await api.updateStatus("pods", { ...pod, status: { ...status, conditions } });
  return true;
}
