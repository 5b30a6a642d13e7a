import { setOwn, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { keepOnly } from "../../mesh/observe/strip.ts";
import type { SidecarSettings } from "../model/settings.ts";
import { configKeys, configRole } from "./config.ts";
import { intern } from "./intern.ts";
import { kindOfRef, roleOf } from "./made-by.ts";
import { controllerOf, objectAt } from "./read.ts";
import { stripPod } from "./strip-pod.ts";

/** A kind that sidecars are planned from. */
export interface SidecarKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** A cluster that does not serve it is complete without it. */
  readonly optional: boolean;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** Leaves what facts are made of, so that an informer keeps no more. */
  readonly strip: (object: KrmObject) => KrmObject;
}

const labels = ["metadata", "labels"];
const annotations = ["metadata", "annotations"];
const owners = ["metadata", "ownerReferences"];
const progress = ["replicas", "updatedReplicas", "availableReplicas", "observedGeneration", "conditions"].map(
  (field) => ["status", field],
);
const made = [labels, annotations, owners, ["spec", "replicas"], ["spec", "paused"], ["spec", "template"], ...progress];

const link = keepOnly(owners, ["spec", "replicas"]);
const bare = keepOnly(...made, ["spec", "parallelism"], ["status", "active"]);

/**
 * What is to be watched. `istioNamespaces`: where ConfigMaps of injectors are, besides those of the settings; see
 * `injectorNamespaces`.
 */
export function sidecarKinds(
  { select }: Pick<SidecarSettings, "select">,
  istioNamespaces: readonly string[] = [],
): readonly SidecarKind[] {
  const kind = (apiVersion: string, name: string, strip: SidecarKind["strip"], optional = false): SidecarKind => ({
    apiVersion,
    kind: name,
    optional,
    strip,
  });
  return [
    kind("v1", "Pod", stripPod),
    kind("v1", "Namespace", keepOnly(labels, annotations, ["status", "phase"])),
    kind("v1", "Node", keepOnly(...nodeLabels.map((key) => [...labels, key]))),
    kind("apps/v1", "Deployment", workload(["spec", "strategy", "type"])),
    kind(
      "apps/v1",
      "StatefulSet",
      workload(["spec", "updateStrategy"], ["status", "currentRevision"], ["status", "updateRevision"]),
    ),
    kind("apps/v1", "DaemonSet", workload(["spec", "updateStrategy"], ...daemonStatus)),
    kind("apps/v1", "ReplicaSet", ownerOf),
    kind("v1", "ReplicationController", ownerOf),
    kind("batch/v1", "Job", ownerOf),
    kind("batch/v1", "CronJob", workload(["spec", "jobTemplate", "spec", "template"])),
    kind("argoproj.io/v1alpha1", "Rollout", workload(...rolloutFields), true),
    kind("policy/v1", "PodDisruptionBudget", keepOnly(["spec", "selector"], ...budgetStatus)),
    kind("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", keepOnly(labels, ["webhooks"])),
    kind("networking.istio.io/v1beta1", "ProxyConfig", keepOnly(["spec"]), true),
    ...[...new Set([...select.istioNamespaces, ...istioNamespaces])]
      .sort()
      .map((namespace) => ({ ...kind("v1", "ConfigMap", stripConfig), namespace })),
  ];
}

const nodeLabels = [
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
];
const daemonStatus = [
  "desiredNumberScheduled",
  "updatedNumberScheduled",
  "currentNumberScheduled",
  "numberAvailable",
].map((field) => ["status", field]);
const budgetStatus = ["disruptionsAllowed", "observedGeneration"].map((field) => ["status", field]);
const rolloutFields = [
  ["spec", "workloadRef"],
  ["spec", "restartAt"],
  ["status", "restartedAt"],
  ["status", "phase"],
  ["status", "message"],
  ["status", "abort"],
];

function workload(...more: readonly (readonly string[])[]): SidecarKind["strip"] {
  const strip = keepOnly(...made, ...more);
  return (object) => sharing(withoutApplied(strip(object)));
}

/** Of what something else makes, the template is looked at there. */
function ownerOf(object: KrmObject): KrmObject {
  const controller = controllerOf(object);
  const isLink = controller !== undefined && roleOf(kindOfRef(controller)) === "end";
  return isLink ? link(object) : sharing(withoutApplied(bare(object)));
}

/** What kubectl wrote down of an object is as large as the object. */
function withoutApplied(object: KrmObject): KrmObject {
  const key = "kubectl.kubernetes.io/last-applied-configuration";
  const from = objectAt(object, ...annotations);
  if (from[key] === undefined) return object;
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(from)) if (name !== key) setOwn(kept, name, value);
  return { ...object, metadata: { ...object.metadata, annotations: kept } } as KrmObject;
}

/** Workloads of one template share it. */
function sharing(object: KrmObject): KrmObject {
  const spec = objectAt(object, "spec");
  const template = objectAt(spec, "template");
  if (template["spec"] === undefined) return object;
  return { ...object, spec: { ...spec, template: { ...template, spec: intern(template["spec"]) } } } as KrmObject;
}

const config = keepOnly(labels, ...configKeys.map((key) => ["data", key]));
const nothing = keepOnly();

/** Of other ConfigMaps only the name is kept. */
function stripConfig(object: KrmObject): KrmObject {
  const { name } = object.metadata;
  return typeof name === "string" && configRole(name) !== undefined ? config(object) : nothing(object);
}
