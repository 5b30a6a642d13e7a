import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { splitKey } from "../common/objects.ts";
import { isNotFound } from "../common/pod-control.ts";
import type { Api, Controller } from "../controller.ts";
import { claims, volumes } from "./bind-volume.ts";
import { claimsOf, keyOfClaim } from "./claim-users.ts";

/** Keeps claims that are to go for as long as a pod that has a node uses them. */
export function claimProtection(): Controller {
  return {
    name: "persistentvolumeclaim-protection-controller",
    watches: [
      { collection: claims, keys: (claim, { kind }) => (kind === "deleted" ? [] : [keyOfClaim(claim)]) },
      { collection: "pods", keys: (pod, { kind }) => (kind === "added" ? [] : claimsOf(pod)) },
    ],
    reconcile: async (key, { api }) => {
      const claim = api.get(claims, splitKey(key));
      if (claim === undefined) return undefined;
      await protect(claim, claims, "kubernetes.io/pvc-protection", () => isUsed(key, api), api);
      return undefined;
    },
  };
}

/** Keeps volumes that are to go for as long as they are bound. */
export function volumeProtection(): Controller {
  return {
    name: "persistentvolume-protection-controller",
    watches: [
      {
        collection: volumes,
        keys: (volume, { kind }) => (kind === "deleted" ? [] : [textOf(get(volume["metadata"], "name"))]),
      },
    ],
    reconcile: async (name, { api }) => {
      const volume = api.get(volumes, { namespace: "", name });
      if (volume === undefined) return undefined;
      const isBound = (): boolean => get(volume["status"], "phase") === "Bound";
      await protect(volume, volumes, "kubernetes.io/pv-protection", isBound, api);
      return undefined;
    },
  };
}

function isUsed(key: string, api: Api): boolean {
  return api
    .list("pods", splitKey(key).namespace)
    .some((pod) => textOf(get(pod["spec"], "nodeName")) !== "" && claimsOf(pod).includes(key));
}

async function protect(
  object: JsonObject,
  collection: string,
  finalizer: string,
  isHeld: () => boolean,
  api: Api,
): Promise<void> {
  const list = get(object["metadata"], "finalizers");
  const finalizers = Array.isArray(list) ? list : [];
  const isGoing = get(object["metadata"], "deletionTimestamp") !== undefined;
  const has = finalizers.includes(finalizer);
  if (isGoing !== has || (isGoing && isHeld())) return;
  const next = isGoing ? finalizers.filter((one) => one !== finalizer) : [...finalizers, finalizer];
  const { namespace = "", name } = object["metadata"] as { namespace?: string; name: string };
  try {
    await api.patch(collection, { namespace, name }, { metadata: { finalizers: next } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
