import { dns1123LabelProblem } from "@fairlead/apimachinery";
import { configMapProblems, frozenChange, secretChange, secretProblems } from "./data.ts";
import { podChangeProblems, podCreateProblems, podProblems } from "./pods.ts";
import { endpointSliceProblems, endpointsProblems, serviceChange, serviceProblems } from "./services.ts";
import type { Rules } from "./validated.ts";
import {
  cronJobName,
  cronJobProblems,
  daemonSetProblems,
  deploymentProblems,
  generatedSelector,
  jobChange,
  jobProblems,
  replicaSetProblems,
  replicaStatusProblems,
  selectorChange,
  statefulSetChange,
  statefulSetProblems,
} from "./workloads.ts";

/** The rules that kube-apiserver has written by hand, by collection. */
export const rules: ReadonlyMap<string, Rules> = new Map<string, Rules>([
  ["services", { name: dns1123LabelProblem, object: serviceProblems, change: serviceChange }],
  ["endpoints", { object: endpointsProblems }],
  ["endpointslices.discovery.k8s.io", { object: endpointSliceProblems, repeatsMetadata: true }],
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
    },
  ],
  [
    "deployments.apps",
    { object: deploymentProblems, change: selectorChange, order: "after", status: replicaStatusProblems },
  ],
  [
    "replicasets.apps",
    { object: replicaSetProblems, change: selectorChange, order: "after", status: replicaStatusProblems },
  ],
  [
    "statefulsets.apps",
    { name: dns1123LabelProblem, object: statefulSetProblems, change: statefulSetChange, order: "after" },
  ],
  ["daemonsets.apps", { object: daemonSetProblems, change: selectorChange, order: "after" }],
  ["jobs.batch", { createFirst: generatedSelector, object: jobProblems, change: jobChange, order: "after" }],
  ["cronjobs.batch", { object: cronJobProblems, create: cronJobName }],
]);
