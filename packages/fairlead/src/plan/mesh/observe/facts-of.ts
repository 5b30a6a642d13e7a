import { isObject, type JsonObject } from "@fairlead/apimachinery";
import type { Fact } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";
import { dependencyFact, proxyFact } from "./dependency.ts";
import { namespaceFact, nodeFact } from "./place-facts.ts";
import { policyFact } from "./policy.ts";
import { serviceFact } from "./service.ts";
import { workloadFact } from "./workload.ts";
import { groupKindOf, mayBeWritten, writtenFact } from "./written.ts";

type Reader = (object: JsonObject, cluster: string, settings: MeshSettings) => Fact | undefined;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["apps/Deployment", (object, cluster, settings) => workloadFact(object, cluster, "Deployment", settings)],
  ["apps/StatefulSet", (object, cluster, settings) => workloadFact(object, cluster, "StatefulSet", settings)],
  ["apps/DaemonSet", (object, cluster, settings) => workloadFact(object, cluster, "DaemonSet", settings)],
  ["batch/Job", (object, cluster, settings) => workloadFact(object, cluster, "Job", settings)],
  ["argoproj.io/Rollout", (object, cluster, settings) => workloadFact(object, cluster, "Rollout", settings)],
  ["numaflow.numaproj.io/Vertex", (object, cluster, settings) => workloadFact(object, cluster, "Vertex", settings)],
  [
    "numaflow.numaproj.io/MonoVertex",
    (object, cluster, settings) => workloadFact(object, cluster, "MonoVertex", settings),
  ],
  ["/Service", serviceFact],
  ["/Namespace", namespaceFact],
  ["/Node", nodeFact],
  [
    "admiral.io/GlobalTrafficPolicy",
    (object, cluster, settings) => policyFact(object, cluster, "GlobalTrafficPolicy", settings),
  ],
  [
    "admiral.io/OutlierDetection",
    (object, cluster, settings) => policyFact(object, cluster, "OutlierDetection", settings),
  ],
  [
    "admiral.io/ClientConnectionConfig",
    (object, cluster, settings) => policyFact(object, cluster, "ClientConnectionConfig", settings),
  ],
  ["admiral.io/RoutingPolicy", (object, cluster, settings) => policyFact(object, cluster, "RoutingPolicy", settings)],
  ["admiral.io/TrafficConfig", (object, cluster, settings) => policyFact(object, cluster, "TrafficConfig", settings)],
  ["admiral.io/Dependency", dependencyFact],
  ["admiral.io/DependencyProxy", proxyFact],
]);

/**
 * What an observed object says to planners: at most one fact, none for kinds and objects that are not looked at. Never
 * throws, whatever the object looks like; what is too large, or not of the right type, is left out and named in
 * `omitted`.
 */
export function factsOf(object: JsonObject, cluster: string, settings: MeshSettings): readonly Fact[] {
  const fact = factOf(object, cluster, settings);
  return fact === undefined ? [] : [fact];
}

export function factOf(object: JsonObject, cluster: string, settings: MeshSettings): Fact | undefined {
  if (!isObject(object)) return undefined;
  const written = mayBeWritten(object) ? writtenFact(object, cluster, settings) : undefined;
  return written ?? readers.get(groupKindOf(object))?.(object, cluster, settings);
}
