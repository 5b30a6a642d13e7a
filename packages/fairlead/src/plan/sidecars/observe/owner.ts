import type { JsonObject } from "@fairlead/apimachinery";
import type { OwnerFact, WorkloadFact } from "../model/facts.ts";
import { kindOfRef, roleOf } from "./made-by.ts";
import { controllerOf, countAt, observedOf, textAt } from "./read.ts";
import { workloadFact } from "./workload.ts";

/**
 * A ReplicaSet, ReplicationController or Job: a link of a chain where what is above it has the template, and else a
 * workload of its own.
 */
export function ownerFact(object: JsonObject, cluster: string): OwnerFact | WorkloadFact | undefined {
  const controller = controllerOf(object);
  if (controller === undefined || roleOf(kindOfRef(controller)) !== "end") return workloadFact(object, cluster);
  const observed = observedOf(object, cluster);
  if (observed === undefined) return undefined;
  return {
    fact: "owner",
    ...observed,
    apiVersion: textAt(object, "apiVersion"),
    kind: textAt(object, "kind"),
    controller,
    replicas: countAt(object, ["spec", "replicas"], 1),
  };
}
