import { compareText } from "@fairlead/apimachinery";
import { groupOf, type ObjectRef } from "@fairlead/krm";
import type { Phase } from "../apply-set.ts";

export interface Place {
  readonly phase: Phase;
  /** Finer than the phase: what is in one wave does not need each other. */
  readonly wave: number;
}

const waves = {
  namespace: { phase: "namespaces", wave: 0 },
  crd: { phase: "crds", wave: 1 },
  subject: { phase: "access", wave: 2 },
  // The server checks a binding against the role it names.
  binding: { phase: "access", wave: 3 },
  config: { phase: "config", wave: 4 },
  workload: { phase: "workloads", wave: 5 },
  // What refers to workloads, and custom resources: their operator may be in the same set. When a set is deleted they
  // go first, while the operator that removes their finalizers still runs.
  dependent: { phase: "workloads", wave: 6 },
  webhook: { phase: "webhooks", wave: 7 },
} as const satisfies { [name: string]: Place };

const kinds = new Map<string, Place>();
const place = (to: Place, ...names: readonly string[]): void => names.forEach((name) => kinds.set(name, to));

place(waves.namespace, "Namespace");
place(waves.crd, "CustomResourceDefinition.apiextensions.k8s.io");
place(waves.subject, "ServiceAccount", "Role.rbac.authorization.k8s.io", "ClusterRole.rbac.authorization.k8s.io");
place(waves.binding, "RoleBinding.rbac.authorization.k8s.io", "ClusterRoleBinding.rbac.authorization.k8s.io");
place(waves.config, "ConfigMap", "Secret", "Service", "ResourceQuota", "LimitRange");
place(waves.config, "PersistentVolume", "PersistentVolumeClaim", "StorageClass.storage.k8s.io");
place(waves.config, "VolumeAttributesClass.storage.k8s.io", "CSIDriver.storage.k8s.io");
place(waves.config, "PriorityClass.scheduling.k8s.io", "RuntimeClass.node.k8s.io", "IngressClass.networking.k8s.io");
place(waves.config, "NetworkPolicy.networking.k8s.io", "PodDisruptionBudget.policy");
place(waves.config, "FlowSchema.flowcontrol.apiserver.k8s.io", "DeviceClass.resource.k8s.io");
place(waves.config, "PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io");
place(waves.config, "ResourceClaimTemplate.resource.k8s.io", "ResourceClaim.resource.k8s.io");
place(waves.dependent, "HorizontalPodAutoscaler.autoscaling", "Ingress.networking.k8s.io");
for (const kind of ["Webhook", "AdmissionPolicy", "AdmissionPolicyBinding"]) {
  for (const verb of ["Validating", "Mutating"]) {
    const name = kind === "Webhook" ? `${verb}WebhookConfiguration` : `${verb}${kind}`;
    place(waves.webhook, `${name}.admissionregistration.k8s.io`);
  }
}
place(waves.webhook, "APIService.apiregistration.k8s.io");

/** Groups whose kinds the API server itself brings. */
const builtinGroups = new Set(["", "apps", "batch", "autoscaling", "policy", "extensions"]);

/** `Deployment.apps`, `ConfigMap`: KEP-3659's form of a group and kind. */
export function groupKind({ apiVersion, kind }: Pick<ObjectRef, "apiVersion" | "kind">): string {
  const group = groupOf(apiVersion);
  return group === "" ? kind : `${kind}.${group}`;
}

/** When an object of this kind is applied. */
export function placeOf(kind: Pick<ObjectRef, "apiVersion" | "kind">): Place {
  const known = kinds.get(groupKind(kind));
  if (known !== undefined) return known;
  const group = groupOf(kind.apiVersion);
  // Third parties have groups such as policy.example.k8s.io too, so an unlisted kind of a long group counts as theirs.
  return builtinGroups.has(group) ? waves.workload : waves.dependent;
}

/** The order in which objects are applied. It depends on nothing but what they are. */
export function compareRefs(a: ObjectRef, b: ObjectRef): number {
  return (
    placeOf(a).wave - placeOf(b).wave ||
    compareText(groupKind(a), groupKind(b)) ||
    compareText(a.namespace ?? "", b.namespace ?? "") ||
    compareText(a.name, b.name)
  );
}
