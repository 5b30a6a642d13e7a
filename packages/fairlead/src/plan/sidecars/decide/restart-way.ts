import type { RestartWay } from "../model/decision.ts";
import type { PodFact, WorkloadFact } from "../model/facts.ts";
import type { SidecarSettings } from "../model/settings.ts";
import { timeOf } from "../../shared/time.ts";
import { roleOf } from "../observe/made-by.ts";
import type { Marks } from "./marks.ts";

/** How the outdated pods of a workload are replaced. `kind` with its group, such as `Deployment.apps`. */
export function restartWay(
  kind: string,
  fact: WorkloadFact | undefined,
  pods: readonly PodFact[],
  marks: Marks,
  { restart }: Pick<SidecarSettings, "restart">,
): RestartWay {
  const report = (reason: string): RestartWay => ({ kind: "report", reason });
  if (marks.problems.length > 0) return report(marks.problems[0]!.message);
  const mode = marks.mode ?? restart.mode;
  if (mode === "report") return report("an annotation wants it reported only");
  if (pods.some(({ mirror }) => mirror))
    return report("its pods are the kubelet's own: their manifests lie on the node");
  if (kind === "Pod") return report("nothing makes the pod again when it is gone");
  if (roleOf(kind) === undefined) {
    if (restart.unknownOwners === "evict") return { kind: "evict" };
    return report(`it is not known how ${kind} replaces its pods`);
  }
  switch (kind) {
    case "Job.batch":
    case "CronJob.batch":
      return report("its next run has the expected proxy");
    case "ReplicaSet.apps":
    case "ReplicationController":
      if (mode === "evict") return { kind: "evict" };
      return report("no template that changes makes it replace its pods: mode evict would");
  }
  if (fact?.paused === true) return report("it is paused");
  if (mode === "evict") return { kind: "evict" };
  if (fact?.updates === "on-delete")
    return report("its strategy is OnDelete, so that pods stay: mode evict would do it");
  if (fact?.updates === "partitioned") return report("a partition keeps its pods: mode evict would do it");
  return kind === "Rollout.argoproj.io" ? { kind: "restart-at", after: lastOf(fact, pods) } : { kind: "annotate" };
}

/** When the newest pod was made, or the restart before asked for, whichever is later. */
function lastOf(fact: WorkloadFact | undefined, pods: readonly PodFact[]): number {
  const times = [fact?.restartAt ?? "", ...pods.map(({ createdAt }) => createdAt)];
  return times.reduce((latest, text) => Math.max(latest, timeOf(text) ?? 0), 0);
}
