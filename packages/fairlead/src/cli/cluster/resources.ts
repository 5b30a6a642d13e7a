import type { Client, Resource } from "@fairlead/kube";

/** Every cluster serves these, so that nobody has to ask. */
export const crdResource: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

/** What the sets of the command line are named in. */
export const configMapResource: Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};

const namespacedResource = (group: string, kind: string, plural: string): Resource => ({
  group,
  version: "v1",
  kind,
  plural,
  namespaced: true,
});

const workloadResources: readonly Resource[] = [
  namespacedResource("apps", "Deployment", "deployments"),
  namespacedResource("apps", "StatefulSet", "statefulsets"),
  namespacedResource("apps", "DaemonSet", "daemonsets"),
  namespacedResource("batch", "CronJob", "cronjobs"),
  namespacedResource("batch", "Job", "jobs"),
  namespacedResource("apps", "ReplicaSet", "replicasets"),
  namespacedResource("", "Pod", "pods"),
];

/** What runs containers in a cluster, pods among them. Canaries are Rollouts, where Argo's controller is installed. */
export async function workloadsOf(client: Client): Promise<readonly Resource[]> {
  const rollout = await client.discovery.find({ apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" });
  return rollout === undefined ? workloadResources : [...workloadResources, rollout];
}
