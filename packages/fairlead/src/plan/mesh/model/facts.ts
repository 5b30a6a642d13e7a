import type { JsonObject } from "@fairlead/apimachinery";
import type { WorkloadKind } from "./settings.ts";

/**
 * What planners know of observed objects: small, flat, already read. An informer keeps these instead of whole objects.
 * Everything is readonly and compared by value.
 */
export type Fact =
  | WorkloadFact
  | ServiceFact
  | NamespaceFact
  | NodeFact
  | PolicyFact
  | DependencyFact
  | ProxyFact
  | RoutingFact
  | SidecarFact
  | ExportFact
  | MeshFact
  | WrittenFact;

/** Where an object is. `namespace` is empty for what has none. */
export interface Place {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

interface Observed extends Place {
  /** RFC 3339; ties are broken by namespace and name. */
  readonly createdAt: string;
  /** Annotated or labelled as none of our business. */
  readonly ignored: boolean;
  /** Fields of which a part was not read, for being too large or of a wrong shape. */
  readonly omitted?: readonly string[];
}

export interface Labels {
  readonly [key: string]: string;
}

/** Something that runs, and calls or serves. */
export interface WorkloadFact extends Observed {
  readonly fact: "workload";
  readonly kind: WorkloadKind;
  /** Of the pod template. Only the keys that settings, selectors of Services and Dependencies can name are kept. */
  readonly labels: Labels;
  readonly annotations: Labels;
  /** `spec.selector.matchLabels`. */
  readonly selector: Labels;
  readonly serviceAccount: string;
  readonly containerPorts: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  readonly rollout?: RolloutFact;
  /** The headless Service of a StatefulSet, and how many pods it has. */
  readonly stateful?: { readonly service: string; readonly replicas: number };
  /** Of a WorkloadEntry, or of an external ServiceEntry. */
  readonly endpoints?: readonly ExternalEndpoint[];
  readonly ports?: readonly ServicePort[];
  /** Its pods use the node's network: no sidecar is injected. */
  readonly hostNetwork?: true;
  /** The Deployment in the same namespace whose pod template a Rollout uses instead of its own. */
  readonly templateOf?: string;
  /** Namespaces to which the owner hands its name over; `*`: to any. */
  readonly handOver: readonly string[];
}

export interface ExternalEndpoint {
  readonly address: string;
  readonly ports: { readonly [name: string]: number };
  readonly locality: string;
  readonly weight: number | undefined;
  readonly network: string;
}

/** https://argo-rollouts.readthedocs.io/en/stable/features/specification/ (v1.8) */
export type RolloutFact =
  | {
      readonly strategy: "canary";
      readonly stableService: string;
      readonly canaryService: string;
      /** Istio traffic routing: the VirtualServices and their routes by name (empty: the only route). */
      readonly virtualServices: readonly { readonly name: string; readonly routes: readonly string[] }[];
      readonly managedRoutes: readonly string[];
      /** Subsets of a DestinationRule instead of two Services. */
      readonly destinationRule?: { readonly name: string; readonly stable: string; readonly canary: string };
      /** What the controller last set, in percent of requests to the canary; undefined if it did not say. */
      readonly weight: number | undefined;
    }
  | { readonly strategy: "blueGreen"; readonly activeService: string; readonly previewService: string };

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  /** TCP or UDP. */
  readonly protocol: string;
  readonly appProtocol: string;
  readonly nodePort: number;
}

export interface ServiceFact extends Observed {
  readonly fact: "service";
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly selector: Labels;
  readonly ports: readonly ServicePort[];
  readonly headless: boolean;
  readonly externalIPs: readonly string[];
  /** Of the load balancer, host names before addresses. */
  readonly ingress: readonly string[];
}

export interface NamespaceFact extends Observed {
  readonly fact: "namespace";
  readonly labels: Labels;
  /** Those that start a network or hand a name over. */
  readonly annotations: Labels;
}

export interface NodeFact extends Observed {
  readonly fact: "node";
  readonly region: string;
  readonly zone: string;
}

export type PolicyKind =
  | "GlobalTrafficPolicy"
  | "OutlierDetection"
  | "ClientConnectionConfig"
  | "RoutingPolicy"
  | "TrafficConfig";

/** A policy of the `admiral.io` group: whom it is for, and what it says as written. */
export interface PolicyFact extends Observed {
  readonly fact: "policy";
  readonly kind: PolicyKind;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Lower case; `default` for a policy that names none, undefined for one that is for nobody (admiral mode). */
  readonly identity: string | undefined;
  /** Empty: every env (`discovery.policyWithoutEnv`). */
  readonly env: string;
  readonly priority: number;
  readonly lastUpdatedAt: string;
  readonly generation: number;
  /** `spec`, within the limits of its CRD; read by one function per kind in `policy/`. */
  readonly spec: JsonObject;
}

/** One Dependency. `*` stands for everybody where wildcards count. Identities are as written. */
export interface DependencyFact extends Observed {
  readonly fact: "dependency";
  readonly source: string;
  readonly destinations: readonly string[];
  /** Empty: that of the settings. */
  readonly identityLabel: string;
  readonly generation: number;
}

/** A DependencyProxy: names of one identity that lead to another. */
export interface ProxyFact extends Observed {
  readonly fact: "proxy";
  readonly env: string;
  readonly generation: number;
  readonly spec: JsonObject;
}

/** A VirtualService or DestinationRule of somebody else. */
export interface RoutingFact extends Observed {
  readonly fact: "routing";
  readonly kind: "VirtualService" | "DestinationRule";
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly hosts: readonly string[];
  readonly exportTo: readonly string[];
  readonly spec: JsonObject;
}

/** A Sidecar of somebody else. */
export interface SidecarFact extends Observed {
  readonly fact: "sidecar";
  readonly selects: Labels | undefined;
  readonly spec: JsonObject;
  /** Hosts of its egress that we added: the annotation `fairlead.dev/mesh-hosts`, separated by commas. */
  readonly ours?: readonly string[];
}

/** A ServiceExport or ServiceImport of the Multi-Cluster Services API. */
export interface ExportFact extends Observed {
  readonly fact: "export";
  readonly kind: "ServiceExport" | "ServiceImport";
  readonly generation: number;
  readonly spec: JsonObject;
}

/** What a cluster's Istio is set to: the ConfigMaps `istio*` of its root namespace. */
export interface MeshFact extends Observed {
  readonly fact: "mesh";
  readonly revision: string;
  readonly trustDomain: string;
  readonly dnsCapture: boolean;
  readonly dnsAutoAllocate: boolean;
  readonly network: string;
}

/** An object that we wrote, whole but for what the server keeps: what a plan is compared with. */
export interface WrittenFact extends Observed {
  readonly fact: "written";
  readonly kind: string;
  readonly apiVersion: string;
  /** The key that owns it. */
  readonly key: string;
  readonly object: JsonObject;
}
