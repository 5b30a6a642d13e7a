import type { ControllerRef } from "../model/facts.ts";
import { kindWithGroup } from "./read.ts";

/**
 * Kinds that make pods, and whose template is read. `end`: nothing above them is looked at. `link`: they may belong to
 * something that makes them in turn.
 */
const kinds: ReadonlyMap<string, "end" | "link"> = new Map([
  ["Deployment.apps", "end"],
  ["StatefulSet.apps", "end"],
  ["DaemonSet.apps", "end"],
  ["Rollout.argoproj.io", "end"],
  ["CronJob.batch", "end"],
  ["ReplicaSet.apps", "link"],
  ["ReplicationController", "link"],
  ["Job.batch", "link"],
]);

/** Undefined: a kind that nobody knows here. */
export function roleOf(kind: string): "end" | "link" | undefined {
  return kinds.get(kind);
}

export function kindOfRef({ apiVersion, kind }: Pick<ControllerRef, "apiVersion" | "kind">): string {
  return kindWithGroup(apiVersion, kind);
}
