/** Kinds of Istio and of the mesh that clusters of tests serve: group, version, kind, plural. */
export const meshKindList: readonly (readonly [group: string, version: string, kind: string, plural: string])[] = [
  ["networking.istio.io", "v1", "ServiceEntry", "serviceentries"],
  ["networking.istio.io", "v1", "DestinationRule", "destinationrules"],
  ["networking.istio.io", "v1", "VirtualService", "virtualservices"],
  ["networking.istio.io", "v1", "Sidecar", "sidecars"],
  ["networking.istio.io", "v1", "WorkloadEntry", "workloadentries"],
  ["networking.istio.io", "v1alpha3", "EnvoyFilter", "envoyfilters"],
  ["security.istio.io", "v1", "AuthorizationPolicy", "authorizationpolicies"],
  ["admiral.io", "v1alpha1", "Dependency", "dependencies"],
  ["admiral.io", "v1alpha1", "DependencyProxy", "dependencyproxies"],
  ["admiral.io", "v1alpha1", "GlobalTrafficPolicy", "globaltrafficpolicies"],
  ["admiral.io", "v1alpha1", "OutlierDetection", "outlierdetections"],
  ["admiral.io", "v1alpha1", "ClientConnectionConfig", "clientconnectionconfigs"],
  ["admiral.io", "v1alpha1", "RoutingPolicy", "routingpolicies"],
  ["admiral.io", "v1alpha1", "TrafficConfig", "trafficconfigs"],
];
