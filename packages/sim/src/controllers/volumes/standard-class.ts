import type { JsonObject } from "@fairlead/apimachinery";
import { provisioner } from "./provision-volume.ts";

/** The class that claims without one get. */
export const standardClass: JsonObject = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner,
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
};
