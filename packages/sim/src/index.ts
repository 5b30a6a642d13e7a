export { createCluster, type Cluster, type ClusterOptions } from "./cluster/create-cluster.ts";
export { joinMesh, type JoinedMesh, type JoinMeshOptions, type MeshedCluster } from "./cluster/join-mesh.ts";
export { joinNames } from "./cluster/join-names.ts";
export type { ProcessOptions } from "./cluster/processes.ts";
export type { NamedPlace } from "./network/names.ts";
export type { ReachableAddress } from "./network/pod-network.ts";
export { createSimulation, type Simulation, type SimulationOptions } from "./cluster/simulation.ts";
export { applyObject, type Applied, type ApplyOptions } from "./cluster/apply-object.ts";
export { isObserved, latestTime, loadObjects, type NotLoaded } from "./cluster/load-objects.ts";
export { nodeObject, type NodeOptions } from "./node/nodes.ts";
export { kubeconfig, writeKubeconfig, type KubeconfigEntry } from "./serve/kubeconfig.ts";
export type { Faults, RequestFault } from "./serve/faults.ts";
export { ApiError } from "./errors.ts";
export { StoreError } from "./store/store-error.ts";
export type { PodMetrics } from "./controllers/autoscaler/pod-metrics.ts";
export type { Api, ObjectKey } from "./controllers/controller.ts";
export { createStore } from "./store/memory-store.ts";
export type { Snapshot, Store, StoreEvent, StoreOptions, Stored } from "./store/store.ts";
export {
  type AuthenticationConfiguration,
  type ReadConfiguration,
  readAuthenticationConfiguration,
} from "./authn/oidc/authentication-configuration.ts";
export { isServed } from "./data/is-served.ts";
export { readMeshTable, type MeshTable } from "./proxy/mesh-table.ts";
export { createBalancer, type Balancer, type BalancerOptions, type Choice } from "./proxy/balancer.ts";
export type { RequestOutcome } from "./proxy/outlier.ts";
export type { CallerPlace } from "./proxy/locality.ts";
export { routeOf, sniRouteOf, type ChosenRoute, type MeshRequest, type RouteDestination } from "./proxy/match-route.ts";
export { trace, type Caller, type Hop, type IsDown, type MeshNetwork, type Path } from "./proxy/trace.ts";
export {
  startMeshProxy,
  type MeshCaller,
  type MeshProxy,
  type MeshProxyOptions,
  type SocketPlace,
} from "./proxy/mesh-proxy.ts";
export {
  configMapsOf,
  installIstio,
  type InstalledIstio,
  type InstallOptions as InstallIstioOptions,
} from "./injector/install-istio.ts";
export {
  injectorConfigMap,
  istioObjects,
  meshConfigMap,
  revisionWebhooks,
  tagWebhooks,
  type IstioOptions,
} from "./injector/objects/istio-objects.ts";
export type { InjectorClient } from "./injector/objects/webhook-configuration.ts";
export { inject, type Injection } from "./injector/inject/inject.ts";
export type { InjectionContext } from "./injector/inject/context.ts";
export {
  readInjectionConfig,
  type InjectionConfig,
  type InjectionConfigProblem,
} from "./injector/inject/injection-config.ts";
export {
  startInjector,
  type Injector,
  type InjectorOptions,
  type RevisionOptions,
} from "./injector/server/start-injector.ts";
export type { ConfigMapSource } from "./injector/server/config-source.ts";
export type { FaultScope, InjectorFault } from "./injector/server/faults.ts";
export type { InjectorCall, InjectorCalls } from "./injector/server/calls.ts";
