import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";

/** What a pod says of one of its containers. */
export interface ContainerState {
  readonly kind: "waiting" | "running" | "finished";
  readonly restarts: number;
}

/**
 * The container whose log is meant when none is named: the annotation's (https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container),
 * else the first. Undefined if the pod has no such container.
 */
export function containerOf(pod: KrmObject, name?: string): string | undefined {
  const names = containersOf(pod);
  const preset = get(get(pod.metadata as JsonValue, "annotations"), "kubectl.kubernetes.io/default-container");
  if (name !== undefined) return names.includes(name) ? name : undefined;
  return typeof preset === "string" && names.includes(preset) ? preset : names[0];
}

/** Containers first, then init and ephemeral containers. */
export function containersOf(pod: KrmObject): readonly string[] {
  return ["containers", "initContainers", "ephemeralContainers"].flatMap((list) =>
    items(get(pod["spec"], list)).flatMap((container) => {
      const name = get(container, "name");
      return typeof name === "string" ? [name] : [];
    }),
  );
}

/** `finished`: it has ended and will not be started again. */
export function containerState(pod: KrmObject, name: string): ContainerState {
  const statuses = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"].flatMap((list) =>
    items(get(pod["status"], list)),
  );
  const status = statuses.find((one) => get(one, "name") === name);
  const count = get(status, "restartCount");
  const restarts = typeof count === "number" ? count : 0;
  const phase = get(pod["status"], "phase");
  if (phase === "Succeeded" || phase === "Failed") return { kind: "finished", restarts };
  const state = get(status, "state");
  const terminated = get(state, "terminated");
  if (isObject(terminated)) return { kind: startsAgain(pod, name, terminated) ? "waiting" : "finished", restarts };
  return { kind: isObject(get(state, "running")) ? "running" : "waiting", restarts };
}

function startsAgain(pod: KrmObject, name: string, terminated: JsonValue): boolean {
  if (get(pod.metadata as JsonValue, "deletionTimestamp") !== undefined) return false;
  const own = (list: string): JsonValue | undefined =>
    items(get(pod["spec"], list)).find((container) => get(container, "name") === name);
  const init = own("initContainers");
  if (own("ephemeralContainers") !== undefined) return false;
  const failed = get(terminated, "exitCode") !== 0;
  // Those of an init container without a policy of its own are started again until they succeed.
  const policy = get(init ?? own("containers"), "restartPolicy") ?? get(pod["spec"], "restartPolicy") ?? "Always";
  if (init !== undefined && get(init, "restartPolicy") === undefined) return failed && policy !== "Never";
  return policy === "Always" || (policy === "OnFailure" && failed);
}

function items(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
