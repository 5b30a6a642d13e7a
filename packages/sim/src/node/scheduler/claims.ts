import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Api } from "../../controllers/controller.ts";

/** Why a pod's volume claims keep it from running, as kube-scheduler says it; undefined if they do not. */
export function claimsProblem(pod: JsonObject, api: Api): string | undefined {
  const namespace = textOf(get(pod["metadata"], "namespace"));
  const podName = textOf(get(pod["metadata"], "name"));
  const volumes = get(pod["spec"], "volumes");
  let unbound = false;
  for (const volume of Array.isArray(volumes) ? volumes : []) {
    const isEphemeral = get(volume, "ephemeral") !== undefined;
    const name = isEphemeral
      ? `${podName}-${textOf(get(volume, "name"))}`
      : textOf(get(get(volume, "persistentVolumeClaim"), "claimName"));
    if (name === "") continue;
    const claim = api.get("persistentvolumeclaims", { namespace, name });
    if (claim === undefined) return `persistentvolumeclaim ${JSON.stringify(name)} not found`;
    if (get(claim["metadata"], "deletionTimestamp") !== undefined) {
      return `persistentvolumeclaim ${JSON.stringify(name)} is being deleted`;
    }
    const isBound = textOf(get(claim["spec"], "volumeName")) !== "" && get(claim["status"], "phase") === "Bound";
    if (!isBound && !waitsForConsumer(claim, api)) unbound = true;
  }
  return unbound ? "pod has unbound immediate PersistentVolumeClaims" : undefined;
}

function waitsForConsumer(claim: JsonObject, api: Api): boolean {
  const name = textOf(get(claim["spec"], "storageClassName"));
  const storageClass = name === "" ? undefined : api.get("storageclasses.storage.k8s.io", { namespace: "", name });
  return storageClass?.["volumeBindingMode"] === "WaitForFirstConsumer";
}
