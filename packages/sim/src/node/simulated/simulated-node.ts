import { equal, get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { newUid } from "../../api/registry/metadata.ts";
import { isNotFound } from "../../controllers/common/pod-control.ts";
import { splitKey } from "../../controllers/common/objects.ts";
import type { Controller, ControllerContext, Outcome } from "../../controllers/controller.ts";
import { isSilent } from "../silent.ts";
import { planPod } from "./plan-pod.ts";

export interface SimulatedNodeOptions {
  /** Whether a pod is ours to run; those that have a node, unless told. */
  readonly runs?: (pod: JsonObject) => boolean;
}

/** Plays the kubelets of all nodes: pods run as their behaviour says, and nothing is started. */
export function simulatedNodes({ runs = () => true }: SimulatedNodeOptions = {}): Controller {
  const stopping = new Set<string>();
  let addresses = 0;
  const isOurs = (pod: JsonObject): boolean => nodeOf(pod) !== "" && runs(pod);

  async function reconcile(key: string, context: ControllerContext): Promise<Outcome> {
    const { api, now, random } = context;
    const pod = api.get("pods", splitKey(key));
    if (pod === undefined || !isOurs(pod)) return undefined;
    if (isSilent(api.get("nodes", { namespace: "", name: nodeOf(pod) }))) return undefined;
    const uid = textOf(get(pod["metadata"], "uid"));
    const plan = planPod({
      pod,
      now,
      newId: () => newUid(random).replaceAll("-", ""),
      newAddress: () => podAddress(addresses++),
      hostAddress: hostOf(pod, context),
    });
    const isFirst = !stopping.has(uid);
    const isStopping = get(pod["metadata"], "deletionTimestamp") !== undefined;
    if (isStopping) stopping.add(uid);
    if (!equal(plan.status, pod["status"])) await api.updateStatus("pods", { ...pod, status: plan.status });
    if (!isStopping || isFirst)
      for (const { type, reason, message } of plan.events) context.event(pod, type, reason, message);
    if (plan.gone) {
      stopping.delete(uid);
      try {
        await api.delete("pods", splitKey(key), { gracePeriodSeconds: 0, preconditions: { uid } });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      return undefined;
    }
    return plan.wakeAt === undefined ? undefined : { afterMs: Math.max(1, plan.wakeAt - now) };
  }

  return {
    name: "kubelet",
    watches: [
      {
        collection: "pods",
        keys: (pod, { kind }) => (kind === "deleted" || !isOurs(pod) ? [] : [keyOf(pod)]),
      },
      {
        collection: "nodes",
        // What happened while nothing was heard of it.
        keys: (node, { kind, previous, api }) =>
          kind === "modified" && isSilent(previous) && !isSilent(node)
            ? api
                .list("pods")
                .flatMap((pod) => (nodeOf(pod) === get(node["metadata"], "name") && isOurs(pod) ? [keyOf(pod)] : []))
            : [],
      },
    ],
    reconcile,
  };
}

function keyOf(pod: JsonObject): string {
  return `${textOf(get(pod["metadata"], "namespace"))}/${textOf(get(pod["metadata"], "name"))}`;
}

function nodeOf(pod: JsonObject): string {
  return textOf(get(pod["spec"], "nodeName"));
}

/** Of `10.244.0.0/16`, one after another. */
function podAddress(index: number): string {
  const number = 2 + (index % 65_000);
  return `10.244.${number >> 8}.${number & 255}`;
}

function hostOf(pod: JsonObject, { api }: ControllerContext): string {
  const node = api.get("nodes", { namespace: "", name: textOf(get(pod["spec"], "nodeName")) });
  const addresses = get(node?.["status"], "addresses");
  const internal = (Array.isArray(addresses) ? addresses : []).find((one) => get(one, "type") === "InternalIP");
  return textOf(get(internal, "address")) || "127.0.0.1";
}
