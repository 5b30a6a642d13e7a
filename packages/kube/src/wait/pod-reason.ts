import { get, isObject, labelSelector, formatSelector, type JsonValue } from "@fairlead/apimachinery";
import { refOf, type KrmObject } from "@fairlead/krm";
import type { CallOptions, Client } from "../client/client.ts";
import type { Resource } from "../resource.ts";

const podResource: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
const replicaSets: Resource = {
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  namespaced: true,
};

/** Kinds whose Pods say why they are not ready. */
const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Rollout"]);

/**
 * Why the Pods of a workload do not run, as `Pod web-5d9 (container web): ImagePullBackOff: …`; undefined if they do,
 * if there are none, or if this user may not read them. Pods are found by the workload's selector and by who owns them.
 */
export async function workloadReason(
  client: Client,
  workload: KrmObject,
  call: CallOptions = {},
): Promise<string | undefined> {
  const { kind } = refOf(workload);
  const { namespace, uid } = workload.metadata;
  if (!workloads.has(kind) || namespace === undefined || typeof uid !== "string") return undefined;
  const selector = labelSelector(get(get(workload, "spec"), "selector"));
  if (selector === undefined || selector.length === 0) return undefined;
  const options = { ...call, namespace, labelSelector: formatSelector(selector), limit: 500 };
  try {
    const pods = await client.list(podResource, options);
    const owners = new Set([uid]);
    // A Deployment owns its Pods through ReplicaSets; the newest one is the one that is rolled out.
    if (kind === "Deployment" || kind === "Rollout") {
      const sets = await client.list(replicaSets, options);
      const own = sets.items.filter((set) => isOwnedBy(set, owners)).sort(newestFirst);
      for (const set of own.slice(0, 1)) owners.add(set.metadata["uid"] as string);
    }
    const reasons = pods.items.filter((pod) => isOwnedBy(pod, owners)).flatMap((pod) => podProblem(pod) ?? []);
    return reasons.sort((a, b) => b.weight - a.weight || (a.text < b.text ? -1 : 1))[0]?.text;
  } catch {
    // The object's own reason is enough: what follows must not replace it.
    return undefined;
  }
}

function newestFirst(a: KrmObject, b: KrmObject): number {
  const revision = ({ metadata }: KrmObject): number =>
    Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
  return revision(b) - revision(a);
}

function isOwnedBy(object: KrmObject, owners: ReadonlySet<string>): boolean {
  const references = get(object.metadata, "ownerReferences");
  return Array.isArray(references) && references.some((one) => owners.has(get(one, "uid") as string));
}

export interface PodProblem {
  /** The larger, the more it explains. */
  readonly weight: number;
  readonly text: string;
}

/** What keeps a Pod from being ready, if it says so. */
export function podProblem(pod: KrmObject): PodProblem | undefined {
  const status = get(pod, "status");
  const problem = containerProblem(status) ?? conditionProblem(status);
  if (problem === undefined) return undefined;
  return { weight: problem.weight, text: `Pod ${pod.metadata.name ?? ""}${problem.text}` };
}

function containerProblem(status: JsonValue | undefined): PodProblem | undefined {
  for (const list of ["initContainerStatuses", "containerStatuses"]) {
    const containers = get(status, list);
    for (const container of Array.isArray(containers) ? containers : []) {
      const where = ` (container ${textOf(get(container, "name"))})`;
      const state = get(container, "state");
      const waiting = get(state, "waiting");
      const reason = textOf(get(waiting, "reason"));
      // Before anything went wrong every container waits for these.
      if (reason !== "" && reason !== "ContainerCreating" && reason !== "PodInitializing") {
        const last = lastExit(get(get(container, "lastState"), "terminated"));
        return { weight: 3, text: `${where}: ${joined(reason, textOf(get(waiting, "message")), last)}` };
      }
      const terminated = get(state, "terminated");
      const exitCode = get(terminated, "exitCode");
      if (typeof exitCode === "number" && exitCode !== 0) {
        return { weight: 2, text: `${where}: ${lastExit(terminated)}` };
      }
    }
  }
  return undefined;
}

function lastExit(terminated: JsonValue | undefined): string {
  if (!isObject(terminated)) return "";
  const code = get(terminated, "exitCode");
  const reason = textOf(get(terminated, "reason"));
  return `${reason === "" ? "ended" : reason} with exit code ${typeof code === "number" ? code : "?"}`;
}

function conditionProblem(status: JsonValue | undefined): PodProblem | undefined {
  const reason = textOf(get(status, "reason"));
  if (get(status, "phase") === "Failed") {
    return { weight: 2, text: `: ${joined(reason === "" ? "Failed" : reason, textOf(get(status, "message")))}` };
  }
  const conditions = get(status, "conditions");
  for (const condition of Array.isArray(conditions) ? conditions : []) {
    if (get(condition, "status") !== "False") continue;
    const type = get(condition, "type");
    const text = joined(textOf(get(condition, "reason")), textOf(get(condition, "message")));
    if (type === "PodScheduled") return { weight: 1, text: `: ${text}` };
    if (type === "Ready") return { weight: 0, text: `: ${text}` };
  }
  return undefined;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(": ");
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
