import type { JsonObject } from "@fairlead/apimachinery";
import { asJson, type Pod, type PodTemplate } from "../common/objects.ts";
import { allowsNode, nodeTermsOf } from "../common/node-affinity.ts";
import { podFromTemplate } from "../common/pod-control.ts";
import { revisionLabel } from "../common/revisions.ts";
import { type Toleration, untolerated } from "../common/tolerations.ts";
import { type DaemonSet, generationLabel, type Node, templateGeneration } from "./daemon-set.ts";

const noExecute = ["not-ready", "unreachable"];
const noSchedule = ["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"];

const toleration = (name: string, effect: string): JsonObject => ({
  key: `node.kubernetes.io/${name}`,
  operator: "Exists",
  effect,
});

/** What the node's own troubles must not keep a daemon from. */
function daemonTolerations({ hostNetwork }: JsonObject): JsonObject[] {
  return [
    ...noExecute.map((name) => toleration(name, "NoExecute")),
    ...noSchedule.map((name) => toleration(name, "NoSchedule")),
    ...(hostNetwork === true ? [toleration("network-unavailable", "NoSchedule")] : []),
  ];
}

/** One of the pod's own that says the same, for a time perhaps, becomes the one that has no end. */
function withTolerations(spec: JsonObject): JsonObject {
  const tolerations = [...((spec["tolerations"] ?? []) as JsonObject[])];
  for (const added of daemonTolerations(spec)) {
    const index = tolerations.findIndex((own) =>
      ["key", "operator", "effect", "value"].every((name) => (own[name] ?? "") === (added[name] ?? "")),
    );
    tolerations.splice(index === -1 ? tolerations.length : index, 1, added);
  }
  return { ...spec, tolerations };
}

/** A pod of the set for a node, which the scheduler puts there and nowhere else. */
export function daemonPod(set: DaemonSet, nodeName: string, hash: string): JsonObject {
  const { template } = set.spec;
  const generation = templateGeneration(set);
  const labels = {
    ...template.metadata?.labels,
    ...(generation === undefined ? {} : { [generationLabel]: generation }),
    [revisionLabel]: hash,
  };
  const spec = withTolerations(template.spec);
  const { affinity } = spec as { affinity?: JsonObject };
  const nodeAffinity = affinity?.["nodeAffinity"] as JsonObject | undefined;
  const terms = [{ matchFields: [{ key: "metadata.name", operator: "In", values: [nodeName] }] }];
  const placed: JsonObject = {
    ...spec,
    affinity: {
      ...affinity,
      nodeAffinity: {
        ...nodeAffinity,
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
      },
    },
  };
  const pinned: PodTemplate = { ...template, metadata: { ...template.metadata, labels }, spec: placed };
  return podFromTemplate(set, pinned);
}

/** The node that a daemon's pod is for, scheduled or not. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName !== undefined && spec.nodeName !== "") return spec.nodeName;
  for (const { matchFields = [] } of nodeTermsOf(asJson(spec)) ?? []) {
    for (const { key, operator, values = [] } of matchFields) {
      if (key === "metadata.name" && operator === "In") return values.length === 1 ? values[0] : undefined;
    }
  }
  return undefined;
}

/** Whether a node should get a pod, and whether one that is there may stay. */
export function fitsNode(set: DaemonSet, { metadata, spec }: Node): { readonly run: boolean; readonly stay: boolean } {
  const podSpec = set.spec.template.spec;
  const nodeName = podSpec["nodeName"] ?? "";
  const isSelected = nodeName === "" || nodeName === metadata.name;
  if (!isSelected || !allowsNode(podSpec, metadata.name, metadata.labels ?? {})) return { run: false, stay: false };
  const tolerations = withTolerations(podSpec)["tolerations"] as unknown as Toleration[];
  const taints = spec?.taints ?? [];
  if (untolerated(taints, tolerations, ["NoExecute", "NoSchedule"]) === undefined) return { run: true, stay: true };
  return { run: false, stay: untolerated(taints, tolerations, ["NoExecute"]) === undefined };
}
