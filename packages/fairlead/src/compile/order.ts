import { refOf, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { compareRefs } from "./world.ts";

/**
 * The order in which objects can be applied: what others need comes first. Kinds that are not named stand between
 * configuration and workloads.
 */
const ranks: { readonly [kind: string]: number } = Object.fromEntries(
  [
    ["Namespace"],
    ["CustomResourceDefinition"],
    ["ResourceQuota", "LimitRange", "PriorityClass", "StorageClass"],
    ["ServiceAccount", "IAMServiceAccount"],
    ["ClusterRole", "Role"],
    ["ClusterRoleBinding", "RoleBinding", "IAMPolicyMember", "IAMPartialPolicy"],
    ["ConfigMap", "Secret", "ExternalSecret"],
    ["PersistentVolume", "PersistentVolumeClaim"],
    ["Service"],
    ["*"],
    ["Deployment", "StatefulSet", "DaemonSet", "Rollout", "ReplicaSet", "Pod"],
    ["Job", "CronJob"],
    ["TriggerAuthentication"],
    ["ScaledObject", "HorizontalPodAutoscaler", "PodDisruptionBudget"],
    ["PodMonitor", "ServiceMonitor"],
    ["Certificate", "Middleware", "MiddlewareTCP", "TraefikService"],
    [
      "Ingress",
      "IngressRoute",
      "IngressRouteTCP",
      "IngressRouteUDP",
      "HTTPRoute",
      "GRPCRoute",
      "TLSRoute",
      "TCPRoute",
      "UDPRoute",
    ],
    ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
  ].flatMap((kinds, rank) => kinds.map((kind) => [kind, rank])),
);

function rankOf(kind: string): number {
  return (Object.hasOwn(ranks, kind) ? ranks[kind] : ranks["*"])!;
}

/** What decides where an object stands in the output. */
export interface ApplyKey {
  readonly rank: number;
  readonly ref: ObjectRef;
}

export function applyKey(object: KrmObject): ApplyKey {
  return { rank: rankOf(object.kind), ref: refOf(object) };
}

/** Orders for output: as objects can be applied, then by namespace, kind and name. */
export function compareApplyKeys(a: ApplyKey, b: ApplyKey): number {
  return a.rank - b.rank || compareRefs(a.ref, b.ref);
}

export function compareForApply(a: KrmObject, b: KrmObject): number {
  return compareApplyKeys(applyKey(a), applyKey(b));
}
