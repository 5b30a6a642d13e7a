import { dropManagedFields, keepPaths } from "@fairlead/kube";
import type { MeshSettings } from "../../../plan/mesh/model/settings.ts";
import type { WatchedKind } from "./session.ts";

export interface WatchedKinds {
  /** Of every cluster of the mesh. */
  readonly every: readonly WatchedKind[];
  /** Of the home cluster only. */
  readonly home: readonly WatchedKind[];
}

const metadata = ["metadata.labels", "metadata.annotations", "metadata.creationTimestamp"];
const workload = keepPaths(
  ...metadata,
  "spec.replicas",
  "spec.serviceName",
  "spec.selector",
  "spec.template.metadata",
  "spec.template.spec.serviceAccountName",
  "spec.template.spec.hostNetwork",
  "spec.template.spec.containers.ports",
);

/** What is read of clusters, by the settings. */
export function watchedKinds({ scope, discovery }: MeshSettings): WatchedKinds {
  const kinds: WatchedKind[] = [];
  const add = (apiVersion: string, names: string, optional: boolean, strip = dropManagedFields): void => {
    for (const kind of names.split(" ")) kinds.push({ apiVersion, kind, optional, strip });
  };
  add("apps/v1", "Deployment StatefulSet DaemonSet", false, workload);
  add("v1", "Service Namespace", false);
  add("v1", "Node", false, keepPaths("metadata.labels", "metadata.creationTimestamp"));
  add("networking.istio.io/v1", "ServiceEntry DestinationRule VirtualService Sidecar", false);
  void discovery;
  add("admiral.io/v1alpha1", "GlobalTrafficPolicy OutlierDetection ClientConnectionConfig RoutingPolicy", true);
  add("argoproj.io/v1alpha1", "Rollout", true);
  const namespace = scope.dependencyNamespace;
  const home = ["Dependency", "DependencyProxy", "TrafficConfig"].map((kind) => ({
    apiVersion: "admiral.io/v1alpha1",
    kind,
    optional: true,
    strip: dropManagedFields,
    ...(namespace !== undefined && { namespace }),
  }));
  return { every: kinds, home };
}
