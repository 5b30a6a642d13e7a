import type { JsonObject } from "@fairlead/apimachinery";
import { allowsNode, nodeTermsOf } from "../../controllers/common/node-affinity.ts";
import { untolerated } from "../../controllers/common/tolerations.ts";
import type { InterPod } from "./inter-pod.ts";
import type { NodeInfo, PodInfo } from "./node-info.ts";
import type { VolumeNeeds } from "./volumes.ts";

/** Why a pod cannot run on a node, in kube-scheduler's words. */
export interface Obstacle {
  readonly reason: string;
  /** There are more, of resources. */
  readonly others?: readonly string[];
  /** It stays so whichever pods leave the node. */
  readonly hopeless: boolean;
}

export interface Needs {
  readonly pod: PodInfo;
  readonly others: InterPod;
  readonly volumes: VolumeNeeds;
}

/** The first of the default filters that a node does not pass; undefined where the pod can run. */
export function obstacle({ pod, others, volumes }: Needs, node: NodeInfo): Obstacle | undefined {
  if (node.unschedulable && !toleratesUnschedulable(pod))
    return { reason: "node(s) were unschedulable", hopeless: true };
  if (untolerated(node.taints, pod.tolerations, ["NoSchedule", "NoExecute"]) !== undefined)
    return { reason: "node(s) had untolerated taint(s)", hopeless: true };
  if (!allowsNode(pod.pod["spec"] as JsonObject, node.name, node.labels))
    return { reason: "node(s) didn't match Pod's node affinity/selector", hopeless: true };
  return (
    portObstacle(pod, node) ??
    resourceObstacle(pod, node) ??
    volumes.obstacle(node) ??
    others.spread(node) ??
    others.affinity(node)
  );
}

function toleratesUnschedulable({ tolerations }: PodInfo): boolean {
  const taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  return untolerated([taint], tolerations, ["NoSchedule"]) === undefined;
}

/** The one node that a pod of a DaemonSet may run on; undefined where any may do. */
export function onlyNodeOf(pod: PodInfo): string | undefined {
  const [term, ...more] = nodeTermsOf(pod.pod["spec"] as JsonObject) ?? [];
  const field = more.length > 0 ? undefined : term?.matchFields?.find((one) => one.key === "metadata.name");
  return field?.operator === "In" && field.values?.length === 1 ? field.values[0] : undefined;
}

function portObstacle(pod: PodInfo, node: NodeInfo): Obstacle | undefined {
  if (pod.hostPorts.length === 0) return undefined;
  const used = [...node.pods.values()].flatMap(({ hostPorts }) => hostPorts);
  if (!pod.hostPorts.some((port) => used.some((other) => overlap(port, other)))) return undefined;
  return { reason: "node(s) didn't have free ports for the requested pod ports", hopeless: false };
}

/** The same port, of the same address or of all. */
function overlap(a: string, b: string): boolean {
  const [protocol, port, address] = a.split(" ");
  const [otherProtocol, otherPort, otherAddress] = b.split(" ");
  const isAny = (one: string | undefined): boolean => one === "" || one === "0.0.0.0";
  return (
    protocol === otherProtocol &&
    port === otherPort &&
    (address === otherAddress || isAny(address) || isAny(otherAddress))
  );
}

const always = ["cpu", "memory", "ephemeral-storage"];

function resourceObstacle(pod: PodInfo, node: NodeInfo): Obstacle | undefined {
  const reasons: string[] = [];
  let hopeless = false;
  if (node.pods.size + 1 > (node.allocatable.get("pods") ?? 0)) reasons.push("Too many pods");
  const names = [...always, ...[...pod.requests.keys()].filter((one) => !always.includes(one))];
  for (const name of names) {
    const wanted = pod.requests.get(name) ?? 0;
    const most = node.allocatable.get(name) ?? 0;
    if (wanted === 0 || wanted <= most - (node.used.get(name) ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    hopeless ||= wanted > most;
  }
  const [reason, ...others] = reasons;
  return reason === undefined ? undefined : { reason, others, hopeless };
}
