import type { JsonObject } from "@fairlead/apimachinery";

/**
 * What planners know of observed objects: small, flat, already read. An informer keeps what these need and nothing else:
 * of a pod less than 4 KB. Everything is readonly and compared by value.
 */
export type SidecarFact =
  | PodFact
  | WorkloadFact
  | OwnerFact
  | NamespaceFact
  | HooksFact
  | ConfigFact
  | ControlPlaneFact
  | ProxyConfigFact
  | BudgetFact
  | NodeFact;

/** Where an object is. `namespace` is empty for what has none. */
export interface Place {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Labels {
  readonly [key: string]: string;
}

/** The controller of an object: its first owner reference with `controller: true`. */
export interface ControllerRef {
  /** `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

interface Observed extends Place {
  readonly uid: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

export interface PodFact extends Observed {
  readonly fact: "pod";
  readonly labels: Labels;
  readonly controller: ControllerRef | undefined;
  readonly node: string;
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
  readonly ready: boolean;
  readonly terminating: boolean;
  /** Of the object, to tell pods of one generation of a template from the others (`pod-template-hash`, `controller-revision-hash`). */
  readonly templateHash: string;
  /** What restarts it were for: our annotation, which a template hands down to its pods. */
  readonly restartedFor: string;
  /** Interned: pods with equal proxies share one. */
  readonly proxy: ProxyShape | undefined;
  /** A kubelet's own pod (`kubernetes.io/config.mirror`): no API replaces it. */
  readonly mirror: boolean;
  /** Of a pod that nothing known makes: what it would be without what was injected, as far as that can be told. */
  readonly template: PodTemplate | undefined;
}

/** What can be restarted: an object that makes pods from a template. */
export interface WorkloadFact extends Observed {
  readonly fact: "workload";
  readonly apiVersion: string;
  readonly kind: string;
  /** Its own labels and annotations: opt-in and opt-out, windows, order. */
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly controller: ControllerRef | undefined;
  /** `metadata` (labels, annotations) and `spec` of the pods it makes; undefined: it borrows another's (`templateOf`). */
  readonly template: PodTemplate | undefined;
  /** The Deployment whose template a Rollout uses (`workloadRef`). */
  readonly templateOf: string | undefined;
  readonly generation: number;
  readonly observedGeneration: number;
  /** Wanted pods; of a DaemonSet `status.desiredNumberScheduled`. */
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly availableReplicas: number;
  /** All pods, of old templates too. */
  readonly totalReplicas: number;
  /** Its controller said that its last rollout ended well: pods that are unavailable since then are no rollout. */
  readonly complete: boolean;
  /** `spec.paused`. */
  readonly paused: boolean;
  /** `OnDelete` and partitions: a new template alone replaces no pod. */
  readonly updates: "rolling" | "recreate" | "on-delete" | "partitioned";
  /** A rollout that its controller gave up (`ProgressDeadlineExceeded`, a degraded or aborted Rollout). */
  readonly failed: string | undefined;
  /** Of a Rollout: `spec.restartAt`, RFC 3339. */
  readonly restartAt: string | undefined;
}

export interface PodTemplate {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: JsonObject;
  /** SHA-256 of what an injector can see, without the marks of restarts; workloads with equal ones share an answer. */
  readonly hash: string;
}

/** Something between a pod and its workload: a ReplicaSet, a Job. */
export interface OwnerFact extends Observed {
  readonly fact: "owner";
  readonly apiVersion: string;
  readonly kind: string;
  readonly controller: ControllerRef | undefined;
  /** Pods that it wants; 0: nothing of it runs. */
  readonly replicas: number;
}

export interface NamespaceFact extends Observed {
  readonly fact: "namespace";
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly terminating: boolean;
}

/** A MutatingWebhookConfiguration with webhooks that see pods being created. */
export interface HooksFact extends Observed {
  readonly fact: "hooks";
  readonly labels: Labels;
  readonly resourceVersion: string;
  /** In the order in which they are called. Those that see no pods are left out. */
  readonly hooks: readonly HookFact[];
}

export interface HookFact {
  readonly name: string;
  /** Its place among the webhooks of its configuration. */
  readonly index: number;
  /** As it is in the configuration: what decides whether it is called (`rules`, selectors, `matchConditions`). */
  readonly webhook: JsonObject;
  readonly client: HookClient | undefined;
  readonly timeoutSeconds: number;
  /** Whether it is Istio's: labels `istio.io/rev`, `app: sidecar-injector`, or a name as Istio's charts give it. */
  readonly isInjector: boolean;
  /** `istio.io/rev` and `istio.io/tag` of the configuration. */
  readonly revision: string;
  readonly tag: string;
}

export type HookClient =
  | { readonly kind: "url"; readonly url: string; readonly caBundle: string }
  | {
      readonly kind: "service";
      readonly namespace: string;
      readonly name: string;
      readonly path: string;
      readonly port: number;
      /** PEM, base64. */
      readonly caBundle: string;
    };

/** A ConfigMap that injectors read: `istio-sidecar-injector…` (templates, values) or `istio…` (mesh). */
export interface ConfigFact extends Observed {
  readonly fact: "config";
  readonly role: "injector" | "mesh";
  /** By label `istio.io/rev`, or by its values: `default` where nothing is said. */
  readonly revision: string;
  /** SHA-256 of its data. */
  readonly hash: string;
  /** What an injector that has read it injects where a pod does not say otherwise; undefined: it does not tell. */
  readonly image: string | undefined;
  /** Where Istio's CNI plugin is on. */
  readonly problem: string | undefined;
}

/** A Deployment of istiod. */
export interface ControlPlaneFact extends Observed {
  readonly fact: "control-plane";
  readonly revision: string;
  /** Labels of its pods: Services select them. */
  readonly labels: Labels;
  readonly rolledOut: boolean;
  readonly replicas: number;
  /** SHA-256 of the template of its pods, without the marks of restarts: another one may inject otherwise. */
  readonly hash: string;
  /** Of istiod itself; empty if unknown. */
  readonly image: string;
}

/** A ProxyConfig of networking.istio.io: it changes what is injected into the pods that it selects. */
export interface ProxyConfigFact extends Observed {
  readonly fact: "proxy-config";
  /** Empty: all pods of the namespace; in the root namespace of the whole mesh. */
  readonly selector: Labels;
  readonly hash: string;
}

/** A PodDisruptionBudget. */
export interface BudgetFact extends Observed {
  readonly fact: "budget";
  readonly selector: JsonObject | undefined;
  readonly disruptionsAllowed: number;
  /** Whether its status is about its present spec. */
  readonly current: boolean;
}

export interface NodeFact extends Observed {
  readonly fact: "node";
  readonly region: string;
  readonly zone: string;
}

/**
 * What a proxy is, as far as a policy can ask: of a pod that runs, or of one that an injector described. Defaults of the
 * API server are filled in, and what names the owner is left out, so that both are compared by value.
 */
export interface ProxyShape {
  /** As written: registry, name, tag or digest. */
  readonly image: string;
  /** The image that runs, by digest (`status.containerStatuses[].imageID`); empty if unknown. */
  readonly digest: string;
  /** Revision of the control plane: `sidecar.istio.io/status`, else annotation or label `istio.io/rev`. */
  readonly revision: string;
  /** `native`: an init container that is restarted always. */
  readonly placement: "container" | "native";
  /** `istio-init`, `istio-validation` (Istio's CNI plugin), or `none`. */
  readonly init: "init" | "validation" | "none";
  readonly resources: JsonObject;
  /** By name; a value, or the JSON of `valueFrom`. */
  readonly env: Labels;
  readonly args: readonly string[];
  /** Names of the templates in `inject.istio.io/templates`; `gateway` for gateways. */
  readonly templates: string;
}
