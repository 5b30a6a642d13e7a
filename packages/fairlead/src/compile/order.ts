import type { KrmObject } from "@fairlead/krm";
import { compare } from "./world.ts";

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

/** Orders objects for output: as they can be applied, then by namespace and name. */
export function compareForApply(a: KrmObject, b: KrmObject): number {
  return (
    rankOf(a.kind) - rankOf(b.kind) ||
    compare(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
    compare(a.kind, b.kind) ||
    compare(a.metadata.name ?? "", b.metadata.name ?? "") ||
    compare(a.apiVersion, b.apiVersion)
  );
}
