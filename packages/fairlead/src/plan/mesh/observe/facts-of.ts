import { isObject, type JsonObject } from "@fairlead/apimachinery";
import type { Fact, PolicyKind } from "../model/facts.ts";
import type { MeshSettings, WorkloadKind } from "../model/settings.ts";
import { dependencyFact, proxyFact } from "./dependency.ts";
import { serviceEntryFact, workloadEntryFact } from "./external.ts";
import { meshFact } from "./mesh-config.ts";
import { namespaceFact, nodeFact } from "./place-facts.ts";
import { policyFact } from "./policy.ts";
import { exportFact, routingFact, sidecarFact } from "./routing.ts";
import { serviceFact } from "./service.ts";
import { workloadFact } from "./workload.ts";
import { groupKindOf, mayBeWritten, writtenFact } from "./written.ts";

type Reader = (object: JsonObject, cluster: string, settings: MeshSettings) => Fact | undefined;

/** By group and kind. */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...workloads("apps", "Deployment", "StatefulSet", "DaemonSet"),
  ...workloads("batch", "Job"),
  ...workloads("argoproj.io", "Rollout"),
  ...workloads("numaflow.numaproj.io", "Vertex", "MonoVertex"),
  ...policies("GlobalTrafficPolicy", "OutlierDetection", "ClientConnectionConfig", "RoutingPolicy", "TrafficConfig"),
  ["/Service", serviceFact],
  ["/Namespace", namespaceFact],
  ["/Node", nodeFact],
  ["/ConfigMap", meshFact],
  ["admiral.io/Dependency", dependencyFact],
  ["admiral.io/DependencyProxy", proxyFact],
  ["networking.istio.io/WorkloadEntry", workloadEntryFact],
  ["networking.istio.io/ServiceEntry", serviceEntryFact],
  ["networking.istio.io/VirtualService", (object, cluster, all) => routingFact(object, cluster, "VirtualService", all)],
  [
    "networking.istio.io/DestinationRule",
    (object, cluster, all) => routingFact(object, cluster, "DestinationRule", all),
  ],
  ["networking.istio.io/Sidecar", sidecarFact],
  ["multicluster.x-k8s.io/ServiceExport", (object, cluster, all) => exportFact(object, cluster, "ServiceExport", all)],
  ["multicluster.x-k8s.io/ServiceImport", (object, cluster, all) => exportFact(object, cluster, "ServiceImport", all)],
]);

function workloads(group: string, ...kinds: readonly WorkloadKind[]): (readonly [string, Reader])[] {
  return kinds.map((kind) => [`${group}/${kind}`, (object, cluster, all) => workloadFact(object, cluster, kind, all)]);
}

function policies(...kinds: readonly PolicyKind[]): (readonly [string, Reader])[] {
  return kinds.map((kind) => [`admiral.io/${kind}`, (object, cluster, all) => policyFact(object, cluster, kind, all)]);
}

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
  if (written === "nobodys") return undefined;
  return written ?? readers.get(groupKindOf(object))?.(object, cluster, settings);
}
