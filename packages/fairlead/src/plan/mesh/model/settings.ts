/** Whose rules hold: ours, or those of the system that Fairlead takes over from, to the letter. */
export type MeshMode = "default" | "admiral";

/**
 * What a MeshConfig says, every default filled in. Planners read nothing else of the configuration: what differs between
 * the two modes is the value of a field here (`presets.ts`), never a question for the mode.
 */
export interface MeshSettings {
  readonly mode: MeshMode;
  readonly names: NameSettings;
  readonly discovery: DiscoverySettings;
  readonly scope: ScopeSettings;
  readonly gateways: GatewaySettings;
  readonly addresses: AddressSettings;
  readonly traffic: TrafficSettings;
  readonly routing: RoutingSettings;
  readonly filters: FilterSettings;
  readonly copies: CopySettings;
  readonly writing: WritingSettings;
  /** What is written: objects of Istio for sidecars, or of the Gateway API for ambient. */
  readonly output: "sidecar" | "ambient";
  /** What is said of clusters by name, where it differs from what they say themselves. */
  readonly clusters: { readonly [cluster: string]: ClusterSettings };
  /** Identities that nothing is written for, lower case; `*` is all of them: read-only. */
  readonly suspended: readonly string[];
}

/** What holds instead of what is observed of a cluster; what is undefined is observed. */
export interface ClusterSettings {
  readonly region: string | undefined;
  readonly zones: readonly string[] | undefined;
  readonly network: string | undefined;
  readonly trustDomain: string | undefined;
  /** `cluster.local` of its Services. */
  readonly domain: string | undefined;
  /** Where other clusters reach it, instead of the address of its gateway's Service. */
  readonly gatewayAddress: string | undefined;
  readonly gatewayPort: number | undefined;
  /** A person said so: its endpoints stay, nothing is written to it. */
  readonly paused: boolean;
}

export interface WritingSettings {
  /** Marks of ownership and labels of endpoints: ours, or the predecessor's alone. */
  readonly marks: "fairlead" | "predecessor";
  /** Which fields of a ClientConnectionConfig count: every one, or the four that the predecessor reads. */
  readonly connectionFields: "all" | "four";
  /** One endpoint alone: no outlier detection, or the predecessor's rules for it (33 % of a remote host name). */
  readonly singleEndpoint: "none" | "third";
}

export interface NameSettings {
  /** `global` in `{env}.{identity}.global`. */
  readonly suffix: string;
  /** How a host is built; `{env}`, `{identity}`, `{suffix}` stand for their values. */
  readonly template: string;
  /** Further suffixes under which the same service answers, for workloads that carry one of `labels` (`*`: all). */
  readonly additional: { readonly suffixes: readonly string[]; readonly labels: readonly string[] };
  /** What the names of exported Services end with, `svc.clusterset.local`; undefined: exports make no names. */
  readonly clusterSet: string | undefined;
  /** The annotation of a pod template that keeps the case of its host. */
  readonly keepCaseAnnotation: string;
}

export type WorkloadKind =
  | "Deployment"
  | "Rollout"
  | "StatefulSet"
  | "DaemonSet"
  | "WorkloadEntry"
  | "ServiceEntry"
  | "Job"
  | "Vertex"
  | "MonoVertex";

export interface DiscoverySettings {
  /** The key of the label, or annotation, of a pod template that names the identity. */
  readonly identityKey: string;
  /** The key by which policies name it. */
  readonly policyIdentityKey: string;
  readonly envKey: string;
  /** Which envs a policy is for that names none. */
  readonly policyWithoutEnv: "every" | "default";
  /** The last `-` segment of a namespace is the env of what names none. */
  readonly envFromNamespace: boolean;
  /** Labels of a Service count where the pod template has none. */
  readonly identityOnServices: boolean;
  /** What a workload without identity is: `default`, or nothing to the mesh. */
  readonly withoutIdentity: "default" | "ignored";
  /** `istio`: as Istio's injector decides. `annotation`: the pod template's annotation `sidecar.istio.io/inject: "true"`. */
  readonly injection: "istio" | "annotation";
  readonly injectAnnotation: string;
  readonly ignoreLabel: string;
  readonly ignoreAnnotation: string;
  /** Which kinds are sources of a name. */
  readonly sourceKinds: readonly WorkloadKind[];
  /** Which kinds only call others. */
  readonly clientKinds: readonly WorkloadKind[];
  /** The clusters in which a client kind is looked at, by name (`*`: all); everywhere for kinds that are not named. */
  readonly clientClusters: { readonly [Kind in WorkloadKind]?: readonly string[] };
  /** `all`: every port of the Services. `first`: one, as HTTP or gRPC, served as port 80. */
  readonly ports: "all" | "first";
  /** Services that select a workload's labels, or its selector's; all of them, or the oldest with a port of the mesh. */
  readonly serviceMatch: "labels" | "selector";
  readonly partitionKey: string | undefined;
  readonly priorityKey: string;
  /** Which policies are candidates: of a namespace of the workloads in any cluster, or in the same cluster. */
  readonly policyReach: "namespace" | "cluster";
  /** Which OutlierDetection and ClientConnectionConfig counts: by priority like traffic policies, or the newest. */
  readonly policyOrder: "priority" | "newest";
  /** A cluster whose nodes name no region serves nobody. */
  readonly regionRequired: boolean;
  /** Where a region stands on a node: the first of these labels. */
  readonly regionLabels: readonly string[];
  readonly zoneLabels: readonly string[];
}

export interface ScopeSettings {
  /** Where generated objects live. */
  readonly syncNamespace: string;
  /** Where Dependencies are read, in the home cluster; undefined: in every namespace. */
  readonly dependencyNamespace: string | undefined;
  /** Who gets the name of an identity that no Dependency mentions. */
  readonly withoutDependency: "everywhere" | "nowhere";
  /** `*` in a Dependency is everybody. */
  readonly wildcards: boolean;
  /** Each Dependency names the key of its identities (`identityLabel`). */
  readonly identityLabels: boolean;
  /** Who sees generated objects in a cluster: the namespaces of clients, at most `most` of them, else everybody. */
  readonly exportTo: { readonly identities: readonly string[]; readonly most: number } | undefined;
  /** Who sees a name in the clusters where it runs whose clients run nowhere: the namespaces that serve it, or everybody. */
  readonly withoutClients: "own" | "everybody";
  /** Existing Sidecars get the hosts that their namespace's clients may call. */
  readonly sidecars: { readonly name: string } | undefined;
  /** AuthorizationPolicies let the callers in that Dependencies name. */
  readonly authorization: boolean;
  /** Identities that stand at the edge: `admiral.io` gateway assets. Lower case. */
  readonly gatewayIdentities: readonly string[];
}

export interface GatewaySettings {
  readonly namespace: string;
  /** Labels of the Service of the east-west gateway; the first selector that finds an address counts. */
  readonly selectors: readonly { readonly [label: string]: string }[];
  /** Clusters whose gateway is found by other labels. */
  readonly overrides: { readonly [cluster: string]: { readonly [label: string]: string } };
  readonly port: number;
  /** A dot at the end of a gateway's host name, so that resolvers do not try search domains. */
  readonly absoluteNames: boolean;
  readonly absoluteLocalNames: boolean;
}

export interface AddressSettings {
  /** `pool`: allocated by us. `istio`: Istio allocates by itself. `none`: no address. `keep`: known names keep theirs. */
  readonly kind: "pool" | "istio" | "none" | "keep";
  /** CIDR blocks of virtual addresses, one for each family that is wanted. */
  readonly ranges: readonly string[];
  /** `hash`: consistent hashing, sharded store, quarantine. `counter`: one ConfigMap that counts up. */
  readonly allocation: "hash" | "counter";
  /** The ConfigMap, or the start of the names of its shards, in the sync namespace of the home cluster. */
  readonly store: string;
  readonly shards: number;
  readonly quarantineSeconds: number;
}

export interface OutlierSettings {
  readonly baseEjectionSeconds: number;
  readonly consecutiveGatewayErrors: number;
  readonly consecutive5xxErrors: number;
  readonly intervalSeconds: number;
  readonly maxEjectionPercent: number;
}

export interface TrafficSettings {
  readonly simple: "LEAST_REQUEST" | "ROUND_ROBIN" | "RANDOM";
  readonly warmupSeconds: number | undefined;
  /** How long a connection may take to be made; undefined: nothing is said of it. */
  readonly connectTimeoutSeconds: number | undefined;
  readonly maxRequestsPerConnection: number;
  readonly outlier: OutlierSettings;
  /** Without an OutlierDetection or policy none is written (as zeros). */
  readonly outlierOnlyIfAsked: boolean;
  /** `priority`: standby regions and weights together. `distribute`: weights only, a region of weight 0 is left out. */
  readonly failover: "priority" | "distribute";
  /** Clients of a service without policy stay in their region while it can serve. */
  readonly preferLocal: boolean;
  readonly activePassive: boolean;
  /** Subject names of servers: those of their service accounts, `spiffe://PREFIX/IDENTITY`, or none. */
  readonly subjectNames:
    | { readonly kind: "service-accounts" }
    | { readonly kind: "prefix"; readonly prefix: string }
    | { readonly kind: "none" };
  readonly clientConnections: boolean;
  /** TrafficConfig's slow start sets the warm-up of routing rules. */
  readonly slowStart: boolean;
}

/** Routing in the cluster of the service: by the gateway's SNI, and for local callers. */
export interface RoutingSettings {
  readonly ingress:
    | {
        readonly gateways: readonly string[];
        readonly exportTo: readonly string[];
        readonly disabledClusters: readonly string[];
        readonly slowStartClusters: readonly string[];
        readonly simple: "ROUND_ROBIN" | "RANDOM" | "LEAST_REQUEST" | "PASSTHROUGH";
      }
    | undefined;
  readonly inCluster: InClusterRouting | undefined;
  /** RoutingPolicies with this plug-in are rules by path and header, and no filters; undefined: none is. */
  readonly rulesPlugin?: string;
  /** Whether prefixes of policies in front of a preview's name are routed too; as if true if not said. */
  readonly previewPrefixes?: boolean;
}

export interface InClusterRouting {
  /** By cluster; `*` is every identity. What is disabled counts first. A disabled one is written where nobody sees it. */
  readonly enabled: { readonly [cluster: string]: readonly string[] };
  readonly disabled: { readonly [cluster: string]: readonly string[] };
  /** Merge with VirtualServices that carry this `createdBy`. */
  readonly mergeCreatedBy: string | undefined;
}

export interface FilterSettings {
  /** Where RoutingPolicies become EnvoyFilters: cluster names; undefined: nowhere; `*`: everywhere. */
  readonly clusters: readonly string[] | undefined;
  /** `1.17`, `1.20`, …; one filter each. */
  readonly proxyVersions: readonly string[];
  /** The label by which a client's pods are selected. */
  readonly clientLabel: string;
  readonly additionalConfig: string;
}

/** VirtualServices and DestinationRules of users that other clusters get. */
export interface CopySettings {
  readonly enabled: boolean;
  /** `prefix`: `NAMESPACE-NAME`; `own`: the name alone for DestinationRules, as the predecessor does. */
  readonly ruleNames: "prefix" | "own";
  /** What nobody depends on goes to all clusters. */
  readonly withoutDependents: "everywhere" | "nowhere";
  readonly ignoredMetadata: readonly string[];
}
