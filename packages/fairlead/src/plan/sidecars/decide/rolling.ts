import type { PodCounts, Rolling } from "../model/decision.ts";
import type { PodFact, PodTemplate } from "../model/facts.ts";
import type { SidecarView } from "../model/view.ts";
import { restartedForOf } from "../observe/workload.ts";
import { identityOf } from "./identity.ts";
import { sortedText } from "./marks.ts";
import type { Subject } from "./subject.ts";

/** Whether a rollout is under way, or was given up half-way. What has no rollouts is always still. */
export function progressOf({ fact }: Subject): "rolling" | "still" {
  if (fact === undefined) return "still";
  const { updates, failed, generation, observedGeneration, complete } = fact;
  if (observedGeneration < generation) return "rolling";
  if (updates === "on-delete" || fact.paused) return "still";
  if (failed !== undefined || !complete) return "rolling";
  if (fact.kind !== "Deployment") return "still";
  // Its condition is written after the counts; both say when the old pods are gone.
  return fact.updatedReplicas < fact.replicas || fact.totalReplicas > fact.updatedReplicas ? "rolling" : "still";
}

export function rollingOf(view: SidecarView, subject: Subject, template: PodTemplate): Rolling {
  const { workload, fact, pods } = subject;
  return {
    kind: "rolling",
    workload,
    pods: countsOf(pods, 0),
    restartedFor: fact === undefined ? "" : restartedForOf(fact),
    failed: fact?.failed,
    nodes: sortedText(pods.map(({ node }) => node).filter((node) => node !== "")),
    zones: sortedText(pods.map((pod) => zoneOf(view, pod)).filter((zone) => zone !== "")),
    identity: identityOf(template, view.settings.select),
  };
}

export function countsOf(pods: readonly PodFact[], outdated: number): PodCounts {
  return { total: pods.length, ready: pods.filter(({ ready }) => ready).length, outdated };
}

export function zoneOf(view: SidecarView, { cluster, node }: PodFact): string {
  return node === "" ? "" : (view.node(cluster, node)?.zone ?? "");
}
