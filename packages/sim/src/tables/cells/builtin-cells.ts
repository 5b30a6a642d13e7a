import type { Cells } from "./cells.ts";
import * as core from "./core.ts";
import { autoscalerCells } from "./autoscaler.ts";
import * as network from "./network.ts";
import { podCells } from "./pod.ts";
import * as policy from "./policy.ts";
import * as storage from "./storage.ts";
import * as workloads from "./workloads.ts";

/** By group and kind; what is not here has name and time of creation only. */
const byKind: Readonly<Record<string, Cells>> = {
  "/ComponentStatus": core.componentStatusCells,
  "/ConfigMap": core.configMapCells,
  "/Endpoints": network.endpointsCells,
  "/Event": core.eventCells,
  "/Namespace": core.namespaceCells,
  "/Node": core.nodeCells,
  "/PersistentVolume": storage.volumeCells,
  "/PersistentVolumeClaim": storage.claimCells,
  "/Pod": podCells,
  "/PodTemplate": workloads.podTemplateCells,
  "/ReplicationController": workloads.replicationControllerCells,
  "/ResourceQuota": core.quotaCells,
  "/Secret": core.secretCells,
  "/Service": network.serviceCells,
  "/ServiceAccount": core.nameAndAge,
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": policy.policyCells("mutations"),
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": policy.policyBindingCells,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": policy.countCells("webhooks"),
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": policy.policyCells("validations"),
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": policy.policyBindingCells,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": policy.countCells("webhooks"),
  "apiregistration.k8s.io/APIService": core.apiServiceCells,
  "apps/ControllerRevision": workloads.controllerRevisionCells,
  "apps/DaemonSet": workloads.daemonSetCells,
  "apps/Deployment": workloads.deploymentCells,
  "apps/ReplicaSet": workloads.replicaSetCells,
  "apps/StatefulSet": workloads.statefulSetCells,
  "autoscaling/HorizontalPodAutoscaler": autoscalerCells,
  "batch/CronJob": workloads.cronJobCells,
  "batch/Job": workloads.jobCells,
  "certificates.k8s.io/CertificateSigningRequest": policy.signingRequestCells,
  "coordination.k8s.io/Lease": policy.leaseCells,
  "discovery.k8s.io/EndpointSlice": network.endpointSliceCells,
  "events.k8s.io/Event": core.eventCells,
  "flowcontrol.apiserver.k8s.io/FlowSchema": policy.flowSchemaCells,
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": policy.priorityLevelCells,
  "networking.k8s.io/IPAddress": network.ipAddressCells,
  "networking.k8s.io/Ingress": network.ingressCells,
  "networking.k8s.io/IngressClass": network.ingressClassCells,
  "networking.k8s.io/NetworkPolicy": network.networkPolicyCells,
  "networking.k8s.io/ServiceCIDR": network.serviceCidrCells,
  "node.k8s.io/RuntimeClass": policy.runtimeClassCells,
  "policy/PodDisruptionBudget": workloads.disruptionBudgetCells,
  "rbac.authorization.k8s.io/ClusterRoleBinding": policy.roleBindingCells,
  "rbac.authorization.k8s.io/RoleBinding": policy.roleBindingCells,
  "resource.k8s.io/DeviceClass": core.nameAndAge,
  "resource.k8s.io/ResourceClaim": policy.resourceClaimCells,
  "resource.k8s.io/ResourceClaimTemplate": core.nameAndAge,
  "resource.k8s.io/ResourceSlice": policy.resourceSliceCells,
  "scheduling.k8s.io/PriorityClass": policy.priorityClassCells,
  "storage.k8s.io/CSIDriver": storage.csiDriverCells,
  "storage.k8s.io/CSINode": storage.csiNodeCells,
  "storage.k8s.io/StorageClass": storage.storageClassCells,
  "storage.k8s.io/VolumeAttachment": storage.attachmentCells,
  "storage.k8s.io/VolumeAttributesClass": storage.attributesClassCells,
};

/** The cells of a built-in kind's rows; undefined for a kind that has none of its own. */
export function builtinCells(group: string, kind: string): Cells | undefined {
  const id = `${group}/${kind}`;
  return Object.hasOwn(byKind, id) ? byKind[id] : undefined;
}
