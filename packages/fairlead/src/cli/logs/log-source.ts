import { get } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { containerOf } from "@fairlead/kube";
import type { StatusNode } from "../status/forest.ts";

/** One container's log. */
export interface LogSource {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The pod's: another pod of the same name is another source. */
  readonly uid: string;
}

export interface SourceOptions {
  readonly container?: string;
  readonly allContainers?: boolean;
}

/** The logs of all pods in trees, in their order. Pods without the container that is asked for have none. */
export function logSources(
  cluster: string,
  nodes: readonly StatusNode[],
  objects: readonly KrmObject[],
  options: SourceOptions,
): LogSource[] {
  const pods = new Map(
    objects
      .filter(({ apiVersion, kind }) => apiVersion === "v1" && kind === "Pod")
      .map((pod) => [`${pod.metadata.namespace ?? ""}/${pod.metadata.name ?? ""}`, pod]),
  );
  const sources = new Map<string, LogSource>();
  const walk = ({ ref, children }: StatusNode): void => {
    const pod = ref.kind === "Pod" ? pods.get(`${ref.namespace ?? ""}/${ref.name}`) : undefined;
    for (const container of pod === undefined ? [] : containers(pod, options)) {
      const { uid } = pod!.metadata;
      const id = typeof uid === "string" ? uid : "";
      const source = { cluster, namespace: ref.namespace ?? "", pod: ref.name, container, uid: id };
      sources.set(sourceKey(source), source);
    }
    children.forEach(walk);
  };
  nodes.forEach(walk);
  return [...sources.values()];
}

export function sourceKey({ cluster, namespace, pod, container, uid }: LogSource): string {
  return [cluster, namespace, pod, container, uid].join("/");
}

function containers(pod: KrmObject, { container, allContainers }: SourceOptions): string[] {
  if (allContainers !== true) {
    const one = containerOf(pod, container);
    return one === undefined ? [] : [one];
  }
  const list = get(pod["spec"], "containers");
  return (Array.isArray(list) ? list : []).flatMap((one) => {
    const name = get(one, "name");
    return typeof name === "string" && (container === undefined || name === container) ? [name] : [];
  });
}
