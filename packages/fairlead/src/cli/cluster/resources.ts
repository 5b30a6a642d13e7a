import type { Resource } from "@fairlead/kube";

/** Every cluster serves these, so that nobody has to ask. */
export const crdResource: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

const namespacedResource = (group: string, kind: string, plural: string): Resource => ({
  group,
  version: "v1",
  kind,
  plural,
  namespaced: true,
});

/** What runs containers, from the owners down to the pods. */
export const workloadResources: readonly Resource[] = [
  namespacedResource("apps", "Deployment", "deployments"),
  namespacedResource("apps", "StatefulSet", "statefulsets"),
  namespacedResource("apps", "DaemonSet", "daemonsets"),
  namespacedResource("batch", "CronJob", "cronjobs"),
  namespacedResource("batch", "Job", "jobs"),
  namespacedResource("apps", "ReplicaSet", "replicasets"),
  namespacedResource("", "Pod", "pods"),
];
