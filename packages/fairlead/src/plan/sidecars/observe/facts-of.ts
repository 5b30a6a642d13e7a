import { isObject, type JsonObject } from "@fairlead/apimachinery";
import type { SidecarFact } from "../model/facts.ts";
import type { SidecarSettings } from "../model/settings.ts";
import { configFact } from "./config.ts";
import { hooksFact } from "./hooks.ts";
import { ownerFact } from "./owner.ts";
import { budgetFact, controlPlaneFact, namespaceFact, nodeFact, proxyConfigFact } from "./place-facts.ts";
import { podFact } from "./pod.ts";
import { kindWithGroup, textAt } from "./read.ts";
import { workloadFact } from "./workload.ts";

type Reader = (object: JsonObject, cluster: string, settings: SidecarSettings) => SidecarFact | undefined;

/** By kind and group. */
const readers: ReadonlyMap<string, readonly Reader[]> = new Map<string, readonly Reader[]>([
  ["Pod", [podFact]],
  ["Deployment.apps", [workloadFact, controlPlaneFact]],
  ["StatefulSet.apps", [workloadFact]],
  ["DaemonSet.apps", [workloadFact]],
  ["Rollout.argoproj.io", [workloadFact]],
  ["CronJob.batch", [workloadFact]],
  ["ReplicaSet.apps", [ownerFact]],
  ["ReplicationController", [ownerFact]],
  ["Job.batch", [ownerFact]],
  ["Namespace", [namespaceFact]],
  ["Node", [nodeFact]],
  ["MutatingWebhookConfiguration.admissionregistration.k8s.io", [hooksFact]],
  ["ConfigMap", [configFact]],
  ["ProxyConfig.networking.istio.io", [proxyConfigFact]],
  ["PodDisruptionBudget.policy", [budgetFact]],
]);

/**
 * What an observed object says to planners: one fact, of a Deployment that is istiod two, none for kinds and objects that
 * are not looked at. Objects that were stripped by `sidecarKinds` give the same facts as whole ones. Never throws, whatever
 * the object looks like.
 */
export function factsOf(object: JsonObject, cluster: string, settings: SidecarSettings): readonly SidecarFact[] {
  if (!isObject(object)) return [];
  const kind = kindWithGroup(textAt(object, "apiVersion"), textAt(object, "kind"));
  const facts: SidecarFact[] = [];
  for (const read of readers.get(kind) ?? []) {
    const fact = read(object, cluster, settings);
    if (fact !== undefined) facts.push(fact);
  }
  return facts;
}
