import type { JsonObject } from "@fairlead/apimachinery";

/** Node `node-INDEX` as a cloud provider would register it: zones and regions in labels, room for 110 pods of any size. */
export function nodeObject(index: number): JsonObject {
  const name = `node-${index}`;
  const room = { cpu: "64", memory: "256Gi", "ephemeral-storage": "1Ti", pods: "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": "real.large",
        "topology.kubernetes.io/region": "real-1",
        "topology.kubernetes.io/zone": `real-1${"abc"[index % 3]}`,
      },
    },
    status: { capacity: room, allocatable: room },
  };
}

/** What a volume claim gets that names no class: kube-controller-manager's own provisioner for single machines. */
export const storageClass: JsonObject = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "kubernetes.io/host-path",
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
};
