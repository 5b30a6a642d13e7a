import { dns1123LabelProblem, dns1123SubdomainProblem } from "@fairlead/apimachinery";
import { configMapProblems, frozenChange, secretChange, secretProblems } from "./data.ts";
import { volumeChange, volumeProblems } from "./persistent-volumes.ts";
import { podTemplateProblems } from "./pod-template.ts";
import { podChangeProblems, podCreateProblems, podProblems } from "./pods.ts";
import {
  endpointSliceChange,
  endpointSliceProblems,
  endpointsProblems,
  serviceChange,
  serviceProblems,
} from "./services.ts";
import { eventProblems } from "./events.ts";
import { nodeChange, nodeProblems } from "./nodes.ts";
import { ingressClassChange, ingressClassProblems, ingressProblems } from "./ingresses.ts";
import { autoscalerProblems, disruptionBudgetProblems, networkPolicyProblems } from "./policies.ts";
import { replicationControllerProblems } from "./replication-controllers.ts";
import {
  claimChange,
  claimProblems,
  leaseProblems,
  limitRangeProblems,
  priorityClassChange,
  priorityClassProblems,
  quotaProblems,
  quotaStatusProblems,
  runtimeClassChange,
  runtimeClassProblems,
  storageClassChange,
  storageClassProblems,
} from "./resources.ts";
import { jobStatusProblems } from "./job-status.ts";
import {
  autoscalerStatusProblems,
  budgetStatusProblems,
  claimStatusProblems,
  ingressStatusProblems,
  namespaceStatusProblems,
  serviceStatusProblems,
} from "./other-status.ts";
import { podStatusProblems } from "./pod-status.ts";
import { signingRequestChange, signingRequestProblems } from "./signing-requests.ts";
import type { Rules } from "./validated.ts";
import { workloadStatusProblems } from "./workload-status.ts";
import {
  cronJobName,
  cronJobProblems,
  daemonSetProblems,
  deploymentProblems,
  generatedSelector,
  jobChange,
  jobProblems,
  replicaSetProblems,
  selectorChange,
  statefulSetChange,
  statefulSetProblems,
} from "./workloads.ts";

/** The rules that kube-apiserver has written by hand, by collection. */
export const rules: ReadonlyMap<string, Rules> = new Map<string, Rules>([
  ["events", { object: eventProblems }],
  ["namespaces", { object: () => [], status: namespaceStatusProblems }],
  ["serviceaccounts", { object: () => [], repeatsMetadata: true }],
  [
    "services",
    { name: dns1123LabelProblem, object: serviceProblems, change: serviceChange, status: serviceStatusProblems },
  ],
  ["endpoints", { object: endpointsProblems }],
  [
    "endpointslices.discovery.k8s.io",
    { object: endpointSliceProblems, change: endpointSliceChange, repeatsMetadata: true },
  ],
  ["poddisruptionbudgets.policy", { object: disruptionBudgetProblems, status: budgetStatusProblems }],
  [
    "horizontalpodautoscalers.autoscaling",
    { object: autoscalerProblems, name: dns1123SubdomainProblem, status: autoscalerStatusProblems },
  ],
  ["networkpolicies.networking.k8s.io", { object: networkPolicyProblems }],
  ["ingresses.networking.k8s.io", { object: ingressProblems, status: ingressStatusProblems }],
  ["ingressclasses.networking.k8s.io", { object: ingressClassProblems, change: ingressClassChange }],
  ["nodes", { object: nodeProblems, change: nodeChange, order: "after", repeatsMetadata: true, status: nodeChange }],
  [
    "persistentvolumeclaims",
    { object: claimProblems, change: claimChange, order: "after", status: claimStatusProblems },
  ],
  ["persistentvolumes", { object: volumeProblems, change: volumeChange, order: "after" }],
  ["podtemplates", { object: (template) => podTemplateProblems(template["template"], "template") }],
  ["replicationcontrollers", { object: replicationControllerProblems, status: workloadStatusProblems }],
  ["storageclasses.storage.k8s.io", { object: storageClassProblems, change: storageClassChange }],
  ["limitranges", { object: limitRangeProblems }],
  ["resourcequotas", { object: quotaProblems, status: quotaStatusProblems }],
  ["priorityclasses.scheduling.k8s.io", { object: priorityClassProblems, change: priorityClassChange }],
  ["leases.coordination.k8s.io", { object: leaseProblems }],
  ["runtimeclasses.node.k8s.io", { object: runtimeClassProblems, change: runtimeClassChange }],
  [
    "certificatesigningrequests.certificates.k8s.io",
    {
      object: signingRequestProblems,
      change: signingRequestChange,
      order: "after",
      repeatsMetadata: true,
      // Both are looked at, and what changes of them.
      status: (request, old) => [
        ...signingRequestProblems(request, { old }),
        ...signingRequestChange(request, old, "status"),
      ],
    },
  ],
  ["configmaps", { object: configMapProblems, change: frozenChange, repeatsMetadata: true }],
  ["secrets", { object: secretProblems, change: secretChange, repeatsMetadata: true }],
  [
    "pods",
    {
      object: podProblems,
      create: podCreateProblems,
      change: podChangeProblems,
      order: "after",
      repeatsMetadata: true,
      status: podStatusProblems,
    },
  ],
  [
    "deployments.apps",
    { object: deploymentProblems, change: selectorChange, order: "after", status: workloadStatusProblems },
  ],
  [
    "replicasets.apps",
    { object: replicaSetProblems, change: selectorChange, order: "after", status: workloadStatusProblems },
  ],
  [
    "statefulsets.apps",
    {
      name: dns1123LabelProblem,
      object: statefulSetProblems,
      change: statefulSetChange,
      order: "after",
      status: workloadStatusProblems,
    },
  ],
  [
    "daemonsets.apps",
    { object: daemonSetProblems, change: selectorChange, order: "after", status: workloadStatusProblems },
  ],
  [
    "jobs.batch",
    {
      createFirst: generatedSelector,
      object: jobProblems,
      change: jobChange,
      order: "after",
      status: jobStatusProblems,
    },
  ],
  ["cronjobs.batch", { object: cronJobProblems, create: cronJobName }],
]);
