import { labelAt } from "../observe/read.ts";
import type { WorkloadFact } from "../model/facts.ts";
import type { DiscoverySettings } from "../model/settings.ts";

/**
 * What Dependencies call a workload of an identity: `PARTITION.IDENTITY` in lower case where the annotation, or the
 * label, of its pod template names a partition. Hosts never have the partition in them.
 */
export function calledOf(identity: string, workload: WorkloadFact, { partitionKey }: DiscoverySettings): string {
  if (partitionKey === undefined) return identity;
  const partition = labelAt(workload.annotations, partitionKey) ?? labelAt(workload.labels, partitionKey);
  return partition === undefined ? identity : `${partition}.${identity}`.toLowerCase();
}
