import type { KrmObject } from "@fairlead/krm";
import type { MeshSettings, WorkloadKind } from "../model/settings.ts";
import { handOverAnnotation, wantedKeys } from "./keys.ts";
import { dropManagers, keepOnly } from "./strip.ts";

/** A kind that a mesh is planned from. */
export interface MeshKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** A cluster that does not serve it is complete without it. */
  readonly optional: boolean;
  /** `home`: in the cluster where Dependencies are. */
  readonly where: "clusters" | "home";
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** Objects of this kind may be ours, and are kept whole: a plan is compared with them. */
  readonly written: boolean;
  /** Leaves what facts are made of, so that an informer keeps no more. */
  readonly strip: (object: KrmObject) => KrmObject;
}

const numaflow = "numaflow.numaproj.io/v1alpha1";
const istio = "networking.istio.io/v1";

/** What is to be watched, and where. A kind that settings look at nowhere is left out. */
export function meshKinds(settings: MeshSettings): readonly MeshKind[] {
  const { discovery, scope, gateways } = settings;
  const ofDependencies = scope.dependencyNamespace === undefined ? {} : { namespace: scope.dependencyNamespace };
  const own = (...keys: readonly string[]): string[][] => keys.map((key) => ["metadata", "annotations", key]);
  const marks = own(discovery.ignoreAnnotation, handOverAnnotation);
  const template = keepOnly(
    ...marks,
    ["spec", "selector"],
    ["spec", "replicas"],
    ["spec", "serviceName"],
    ["spec", "strategy", "canary"],
    ["spec", "strategy", "blueGreen"],
    ["spec", "workloadRef"],
    ["spec", "template", "metadata"],
    ["spec", "template", "spec", "serviceAccountName"],
    ["spec", "template", "spec", "hostNetwork"],
    ["spec", "template", "spec", "containers", "ports"],
    ["status", "canary", "weights", "canary", "weight"],
  );
  const pipeline = keepOnly(...marks, ["spec", "metadata"], ["spec", "serviceAccountName"]);
  const labels = [...new Set([...wantedKeys(settings), ...discovery.regionLabels, ...discovery.zoneLabels])];
  const kinds: (MeshKind | undefined)[] = [
    ...(["Deployment", "StatefulSet", "DaemonSet"] as const).map((kind) => workload("apps/v1", kind, template, false)),
    workload("batch/v1", "Job", template, false),
    workload("argoproj.io/v1alpha1", "Rollout", template),
    workload(numaflow, "Vertex", pipeline),
    workload(numaflow, "MonoVertex", pipeline),
    workload(istio, "WorkloadEntry", dropManagers),
    {
      ...everywhere("v1", "Service", false),
      strip: keepOnly(
        ["metadata", "labels"],
        ["metadata", "annotations"],
        ["spec", "type"],
        ["spec", "clusterIP"],
        ["spec", "selector"],
        ["spec", "ports"],
        ["spec", "externalIPs"],
        ["status", "loadBalancer", "ingress"],
      ),
    },
    { ...everywhere("v1", "Namespace", false), strip: keepOnly(["metadata", "labels"], ...marks) },
    { ...everywhere("v1", "Node", false), strip: keepOnly(...labels.map((key) => ["metadata", "labels", key])) },
    { ...everywhere("v1", "ConfigMap", false), namespace: gateways.namespace, strip: stripConfig },
    ...["ServiceEntry", "DestinationRule", "VirtualService"].map((kind) => ours(istio, kind)),
    ours("networking.istio.io/v1alpha3", "EnvoyFilter"),
    ours("security.istio.io/v1", "AuthorizationPolicy"),
    ...(settings.output === "ambient"
      ? ["Gateway", "HTTPRoute", "GRPCRoute"].map((kind) => ours("gateway.networking.k8s.io/v1", kind))
      : []),
    everywhere(istio, "Sidecar"),
    ...["GlobalTrafficPolicy", "OutlierDetection", "ClientConnectionConfig", "RoutingPolicy"].map((kind) =>
      everywhere("admiral.io/v1alpha1", kind),
    ),
    ...["Dependency", "DependencyProxy", "TrafficConfig"].map((kind): MeshKind => ({
      ...everywhere("admiral.io/v1alpha1", kind),
      where: "home",
      ...ofDependencies,
    })),
    ...["ServiceExport", "ServiceImport"].map((kind) => everywhere("multicluster.x-k8s.io/v1alpha1", kind)),
  ];
  return kinds.filter((kind) => kind !== undefined);

  function workload(
    apiVersion: string,
    kind: WorkloadKind,
    strip: MeshKind["strip"],
    optional = true,
  ): MeshKind | undefined {
    const clusters = discovery.clientClusters[kind];
    const isClient = discovery.clientKinds.includes(kind) && (clusters === undefined || clusters.length > 0);
    if (!discovery.sourceKinds.includes(kind) && !isClient) return undefined;
    return { ...everywhere(apiVersion, kind, optional), strip };
  }
}

function everywhere(apiVersion: string, kind: string, optional = true): MeshKind {
  return { apiVersion, kind, optional, where: "clusters", written: false, strip: dropManagers };
}

function ours(apiVersion: string, kind: string): MeshKind {
  return { ...everywhere(apiVersion, kind), written: true };
}

const config = keepOnly(["data", "mesh"]);
const nothing = keepOnly();

/** Of Istio's other ConfigMaps, which hold its templates, only the name is kept. */
function stripConfig(object: KrmObject): KrmObject {
  const { name } = object.metadata;
  return typeof name === "string" && (name === "istio" || name.startsWith("istio-")) ? config(object) : nothing(object);
}
