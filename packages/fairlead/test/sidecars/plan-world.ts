/** Objects of clusters with Istio, as they are stored, and what the planner makes of them: without servers. */
import { defaultObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { inject, istioObjects, readInjectionConfig, type InjectionConfig, type IstioOptions } from "@fairlead/sim";
import type { Decision, WorkloadKey } from "../../src/plan/sidecars/model/decision.ts";
import type { Answer, Answers, Doubt, InjectorState, Question } from "../../src/plan/sidecars/model/question.ts";
import type { SidecarSettings } from "../../src/plan/sidecars/model/settings.ts";
import type { SidecarChange, SidecarView } from "../../src/plan/sidecars/model/view.ts";
import { decide } from "../../src/plan/sidecars/decide/decide.ts";
import { factsOf } from "../../src/plan/sidecars/observe/facts-of.ts";
import { expectedProxyOf } from "../../src/plan/sidecars/observe/proxy-shape.ts";
import { defaultSettings } from "../../src/plan/sidecars/presets.ts";
import { createView } from "../../src/plan/sidecars/view/create-view.ts";

/** A control plane, as its chart installs it: ConfigMaps, webhooks, Deployment. */
export function istio(options: IstioOptions): JsonObject[] {
  return istioObjects(options).map((object) => live(object));
}

export const born = "2026-01-01T00:00:00Z";

/** What an object has once it is stored. */
export function live(object: JsonObject): JsonObject {
  const metadata = object["metadata"] as JsonObject;
  const { name, namespace = "" } = metadata as { name: string; namespace?: string };
  const uid = `uid-${object["kind"] as string}-${namespace}-${name}`;
  return defaultObject({ ...object, metadata: { uid, creationTimestamp: born, resourceVersion: "1", ...metadata } });
}

export function namespaceOf(name: string, labels: JsonObject = {}, annotations: JsonObject = {}): JsonObject {
  const metadata = { name, labels: { "kubernetes.io/metadata.name": name, ...labels }, annotations };
  return live({ apiVersion: "v1", kind: "Namespace", metadata });
}

export function nodeOf(name: string, zone: string, region = "r1"): JsonObject {
  const labels = { "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": region };
  return live({ apiVersion: "v1", kind: "Node", metadata: { name, labels } });
}

export function budgetOf(name: string, namespace: string, matchLabels: JsonObject, allowed: number): JsonObject {
  return live({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace, generation: 1 },
    spec: { selector: { matchLabels }, minAvailable: 1 },
    status: { disruptionsAllowed: allowed, observedGeneration: 1 },
  });
}

export interface WorkloadOptions {
  /** `shop` unless told. */
  readonly namespace?: string;
  readonly labels?: JsonObject;
  readonly annotations?: JsonObject;
  /** In place of `app: NAME`. */
  readonly app?: string;
  readonly podLabels?: JsonObject;
  readonly podAnnotations?: JsonObject;
  /** In place of parts of the pods' spec. */
  readonly podSpec?: JsonObject;
  /** 1 unless told. */
  readonly replicas?: number;
  /** In place of parts of the workload's spec and status. */
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  /** The control plane that injected its pods; none unless told. */
  readonly injectedBy?: IstioOptions;
  /** ProxyConfigs in force when they were injected. */
  readonly proxyConfigs?: readonly JsonObject[];
  readonly podsCreatedAt?: string;
  readonly nodes?: readonly string[];
  /** Of what made the workload. */
  readonly ownerReferences?: JsonValue[];
}

const apiVersions = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Rollout: "argoproj.io/v1alpha1",
  ReplicaSet: "apps/v1",
  ReplicationController: "v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
};
export type WorkloadKindName = keyof typeof apiVersions;

/** A workload whose rollout is complete, with what lies between it and its pods, and its pods. */
export function workload(kind: WorkloadKindName, name: string, options: WorkloadOptions = {}): JsonObject[] {
  const { namespace = "shop", labels = {}, annotations = {}, replicas = 1, ownerReferences } = options;
  const template = templateOf(name, options);
  const isScaled = kind !== "DaemonSet" && kind !== "Job" && kind !== "CronJob";
  const owned = ownerReferences === undefined ? {} : { ownerReferences };
  const selector = kind === "ReplicationController" ? { app: name } : { matchLabels: { app: name } };
  const object = live({
    apiVersion: apiVersions[kind],
    kind,
    metadata: { name, namespace, generation: 1, labels, annotations, ...owned },
    spec: {
      ...(isScaled ? { replicas } : {}),
      ...(kind === "CronJob" ? { jobTemplate: { spec: { template } } } : { template, selector }),
      ...options.spec,
    },
    status: { ...statusOf(kind, replicas), ...options.status },
  });
  const link = linkOf(kind, object, `${name}-${hash}`, replicas, template);
  const maker = link ?? object;
  const pods = Array.from({ length: replicas }, (_, index) => podOf(kind, name, index, maker, template, options));
  return link === undefined ? [object, ...pods] : [object, link, ...pods];
}

const hash = "5f9c7d";

/** The pod template of `workload`. */
export function templateOf(name: string, options: WorkloadOptions = {}): JsonObject {
  const { app = name, podLabels, podAnnotations, podSpec } = options;
  const container = { name: "app", image: "registry.example.com/app:1", ports: [{ containerPort: 8080 }] };
  const spec = { containers: [container], ...podSpec };
  const pod = defaultObject({ apiVersion: "v1", kind: "Pod", metadata: { name: "any" }, spec });
  return {
    metadata: { labels: { app, ...podLabels }, annotations: { ...podAnnotations } },
    spec: pod.spec as unknown as JsonObject,
  };
}

function statusOf(kind: WorkloadKindName, replicas: number): JsonObject {
  if (kind === "Job") return { active: replicas };
  if (kind === "CronJob") return {};
  if (kind === "DaemonSet") {
    return {
      observedGeneration: 1,
      desiredNumberScheduled: replicas,
      currentNumberScheduled: replicas,
      updatedNumberScheduled: replicas,
      numberAvailable: replicas,
    };
  }
  const counts = { replicas, updatedReplicas: replicas, availableReplicas: replicas };
  if (kind === "Rollout") return { ...counts, observedGeneration: "1", phase: "Healthy" };
  if (kind === "StatefulSet") return { ...counts, observedGeneration: 1, currentRevision: "r", updateRevision: "r" };
  const progressing = { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" };
  return { ...counts, observedGeneration: 1, ...(kind === "Deployment" ? { conditions: [progressing] } : {}) };
}

export function ownerReference(owner: JsonObject): JsonObject {
  const { name, uid } = owner["metadata"] as { name: string; uid: string };
  return { apiVersion: owner["apiVersion"]!, kind: owner["kind"]!, name, uid, controller: true };
}

function linkOf(
  kind: WorkloadKindName,
  owner: JsonObject,
  name: string,
  replicas: number,
  template: JsonObject,
): JsonObject | undefined {
  const { namespace } = owner["metadata"] as { namespace: string };
  const metadata = { name, namespace, ownerReferences: [ownerReference(owner)] };
  if (kind === "CronJob") {
    return live({ apiVersion: "batch/v1", kind: "Job", metadata, spec: { template }, status: { active: replicas } });
  }
  if (kind !== "Deployment" && kind !== "Rollout") return undefined;
  return live({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata,
    spec: { replicas, template },
    status: { replicas },
  });
}

const drawnLabels: { readonly [kind: string]: (name: string, index: number) => JsonObject } = {
  Deployment: () => ({ "pod-template-hash": hash }),
  Rollout: () => ({ "rollouts-pod-template-hash": hash }),
  DaemonSet: () => ({ "controller-revision-hash": hash, "pod-template-generation": "1" }),
  StatefulSet: (name, index) => ({
    "controller-revision-hash": `${name}-${hash}`,
    "statefulset.kubernetes.io/pod-name": `${name}-${index}`,
    "apps.kubernetes.io/pod-index": String(index),
  }),
};

function podOf(
  kind: WorkloadKindName,
  name: string,
  index: number,
  maker: JsonObject,
  template: JsonObject,
  options: WorkloadOptions,
): JsonObject {
  const { namespace = "shop", nodes = ["n1"], injectedBy, podsCreatedAt = born } = options;
  const from = template["metadata"] as { labels: JsonObject; annotations: JsonObject };
  const makerName = (maker["metadata"] as { name: string }).name;
  const pod: JsonObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...(kind === "StatefulSet" ? {} : { generateName: `${makerName}-` }),
      name: `${makerName}-${index}`,
      namespace,
      labels: { ...from.labels, ...drawnLabels[kind]?.(name, index) },
      annotations: { ...from.annotations },
      creationTimestamp: podsCreatedAt,
      ownerReferences: [ownerReference(maker)],
    },
    spec: { ...(template["spec"] as JsonObject) },
  };
  const made = injectedBy === undefined ? pod : injected(pod, injectedBy, options.proxyConfigs);
  return running(made, nodes[index % nodes.length]!);
}

/** A pod on a node that is ready. */
export function running(pod: JsonObject, node = "n1"): JsonObject {
  const spec = { ...(pod["spec"] as JsonObject), nodeName: node };
  const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
  return live({ ...pod, spec, status });
}

const configs = new Map<string, InjectionConfig>();

function configOf(options: IstioOptions): InjectionConfig {
  const key = JSON.stringify(options);
  let config = configs.get(key);
  if (config === undefined) {
    const maps = istioObjects(options).filter(({ kind }) => kind === "ConfigMap");
    const isInjector = ({ metadata }: JsonObject): boolean =>
      (metadata as { name: string }).name.startsWith("istio-sidecar-injector");
    const read = readInjectionConfig(
      maps.find(isInjector)!,
      maps.find((one) => !isInjector(one)),
    );
    if (read.kind === "invalid") throw new Error(read.message);
    configs.set(key, (config = read));
  }
  return config;
}

/** The pod after a control plane's webhook. */
export function injected(pod: JsonObject, by: IstioOptions, proxyConfigs: readonly JsonObject[] = []): JsonObject {
  const { namespace } = pod["metadata"] as { namespace: string };
  const nativeSidecars = by.nativeSidecars ?? false;
  const result = inject(pod, {
    config: configOf(by),
    revision: by.revision ?? "",
    namespace,
    nativeSidecars,
    proxyConfigs,
  });
  if (result.kind === "failed") throw new Error(result.message);
  return result.kind === "injected" ? result.pod : pod;
}

/** When questions of `answersBy` are answered unless told: after all pods. */
export const askedAt = Date.parse("2026-06-01T00:00:00Z");

export interface AnswersOptions {
  readonly at?: number;
  readonly proxyConfigs?: readonly JsonObject[];
  readonly settings?: SidecarSettings;
  readonly state?: (revision: string) => InjectorState;
  readonly failing?: (question: Question) => string | undefined;
}

/** Answers of control planes, by revision; every question is answered at once. `asked` are the distinct ones. */
export function answersBy(
  planes: readonly IstioOptions[],
  { at = askedAt, proxyConfigs = [], settings = defaultSettings, state, failing }: AnswersOptions = {},
): Answers & { readonly asked: ReadonlyMap<string, Question> } {
  const asked = new Map<string, Question>();
  const known = new Map<string, Answer>();
  return {
    asked,
    get(question) {
      asked.set(question.key, question);
      const message = failing?.(question);
      if (message !== undefined) return { kind: "failed", message };
      let answer = known.get(question.key);
      if (answer === undefined) {
        const plane = planes.find(({ revision = "default" }) => revision === question.injector.revision);
        if (plane === undefined) throw new Error(`nothing answers for revision ${question.injector.revision}`);
        const proxy = expectedProxyOf(injected(question.pod, plane, proxyConfigs), settings.compare.ignoredEnv);
        known.set(question.key, (answer = { kind: "injected", proxy, at }));
      }
      return answer;
    },
    state: (_cluster, { revision }) => state?.(revision) ?? { kind: "serving" },
  };
}

export function changesOf(
  objects: readonly JsonObject[],
  cluster = "east",
  settings = defaultSettings,
): SidecarChange[] {
  return objects.flatMap((object) =>
    factsOf(object, cluster, settings).map((fact): SidecarChange => ({ kind: "set", fact })),
  );
}

export interface ViewOptions {
  readonly settings?: SidecarSettings;
  readonly cluster?: string;
}

/** A cluster that is read, with these objects. */
export function viewOf(objects: readonly JsonObject[], options: ViewOptions = {}): SidecarView {
  const { settings = defaultSettings, cluster = "east" } = options;
  return createView(settings).with([
    { kind: "cluster", cluster: { name: cluster, region: "r1", state: "current" } },
    ...changesOf(objects, cluster, settings),
  ]).view;
}

/** Decisions of everything in a view, by key. */
export function decideAll(view: SidecarView, answers: Answers): Map<WorkloadKey, Decision> {
  const decisions = new Map<WorkloadKey, Decision>();
  for (const key of view.keys()) {
    const { decision } = decide(view, key, answers);
    if (decision !== undefined) decisions.set(key, decision);
  }
  return decisions;
}

export function doubtsOf(view: SidecarView, answers: Answers): Doubt[] {
  return [...view.keys()].flatMap((key) => decide(view, key, answers).doubts);
}
