import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { isAlreadyExists } from "../common/pod-control.ts";
import type { ControllerContext } from "../controller.ts";
import { annotated, claims, volumes } from "./bind-volume.ts";
import { claimReference, modesOf } from "./find-volume.ts";

/** The provisioner of the class that every embedded cluster has. */
export const provisioner = "fairlead.dev/embedded";
/** The driver of its volumes: a domain, as all CSI drivers have. */
const driver = "embedded.fairlead.dev";

/** Holds a volume until what it stands for is gone. */
export const volumeFinalizer = "kubernetes.io/pv-controller";

/** Makes a volume for a claim, or tells that somebody else has to. */
export async function provision(claim: JsonObject, className: string, context: ControllerContext): Promise<void> {
  const { api, event } = context;
  const storageClass = api.get("storageclasses.storage.k8s.io", { namespace: "", name: className });
  const failed = (message: string): void => event(claim, "Warning", "ProvisioningFailed", message);
  if (storageClass === undefined) return failed(`storageclass.storage.k8s.io ${JSON.stringify(className)} not found`);
  const name = textOf(storageClass["provisioner"]);
  if (name === "kubernetes.io/no-provisioner") return failed(`no volume plugin matched name: ${name}`);
  const marks = {
    "volume.beta.kubernetes.io/storage-provisioner": name,
    "volume.kubernetes.io/storage-provisioner": name,
  };
  const isMarked = get(get(claim["metadata"], "annotations"), "volume.kubernetes.io/storage-provisioner") === name;
  const marked = isMarked ? claim : await api.update(claims, { ...claim, metadata: annotated(claim, marks) });
  if (name !== provisioner) {
    const message = `Waiting for a volume to be created either by the external provisioner '${name}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    return event(marked, "Normal", "ExternalProvisioning", message);
  }
  const volume = `pvc-${textOf(get(claim["metadata"], "uid"))}`;
  try {
    await api.create(volumes, volumeFor(marked, storageClass, volume));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return;
  }
  event(marked, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${volume} using ${name}`);
}

function volumeFor(claim: JsonObject, storageClass: JsonObject, name: string): JsonObject {
  const { mountOptions } = storageClass;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name,
      annotations: {
        "pv.kubernetes.io/bound-by-controller": "yes",
        "pv.kubernetes.io/provisioned-by": provisioner,
      },
      finalizers: [volumeFinalizer],
    },
    spec: {
      capacity: { storage: get(get(get(claim["spec"], "resources"), "requests"), "storage") ?? "0" },
      accessModes: [...modesOf(claim)],
      claimRef: claimReference(claim),
      persistentVolumeReclaimPolicy: textOf(storageClass["reclaimPolicy"]) || "Delete",
      storageClassName: textOf(get(storageClass["metadata"], "name")),
      volumeMode: get(claim["spec"], "volumeMode") ?? "Filesystem",
      ...(mountOptions === undefined ? {} : { mountOptions }),
      csi: { driver, volumeHandle: name },
    },
  };
}
