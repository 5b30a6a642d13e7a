import type { PodTemplate } from "../model/facts.ts";
import { itemsAt, labelOf, textAt } from "../observe/read.ts";
import { parseImage } from "./image.ts";

/** DaemonSets of ambient mode by the labels of Istio's charts, and the container whose image tells the version. */
const agents: readonly (readonly [label: string, value: string, container: string])[] = [
  ["app", "ztunnel", "istio-proxy"],
  ["k8s-app", "istio-cni-node", "install-cni"],
];

/** Whether a template is that of ztunnel or of Istio's CNI agent: all of a node hangs on them. */
export function isNodeAgent({ labels }: Pick<PodTemplate, "labels">): boolean {
  return agents.some(([label, value]) => labelOf(labels, label) === value);
}

/** Undefined: it is no agent, or its image tells no version. */
export function agentVersion({ labels, spec }: PodTemplate): string | undefined {
  const agent = agents.find(([label, value]) => labelOf(labels, label) === value);
  if (agent === undefined) return undefined;
  const containers = itemsAt(spec, "containers");
  const container = containers.find((one) => one["name"] === agent[2]) ?? containers[0];
  return versionOf(textAt(container, "image"));
}

/** The tag without the variant; undefined for an image that is named by digest, or not at all. */
export function versionOf(image: string): string | undefined {
  if (image === "" || image === "auto") return undefined;
  const { tag } = parseImage(image);
  return tag === "" || tag === "latest" ? undefined : tag.replace(/-(distroless|debug)$/, "");
}
