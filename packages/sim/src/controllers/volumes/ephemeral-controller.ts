import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { splitKey } from "../common/objects.ts";
import { isAlreadyExists } from "../common/pod-control.ts";
import type { Controller, ControllerContext } from "../controller.ts";
import { claims } from "./bind-volume.ts";
import { keyOfClaim } from "./claim-users.ts";

/** Makes the claims of generic ephemeral volumes, which belong to their pod and go with it. */
export function ephemeralVolumeController(): Controller {
  return {
    name: "ephemeral-volume-controller",
    watches: [
      {
        collection: "pods",
        keys: (pod, { kind }) => (kind === "deleted" || ephemeral(pod).length === 0 ? [] : [keyOfClaim(pod)]),
      },
      {
        collection: claims,
        keys: (claim, { kind, api }) => {
          if (kind !== "deleted") return [];
          const owners = get(claim["metadata"], "ownerReferences");
          const pod = (Array.isArray(owners) ? owners : []).find((one) => get(one, "kind") === "Pod");
          const key = { namespace: textOf(get(claim["metadata"], "namespace")), name: textOf(get(pod, "name")) };
          return pod === undefined || api.get("pods", key) === undefined ? [] : [`${key.namespace}/${key.name}`];
        },
      },
    ],
    reconcile: async (key, context) => {
      const pod = context.api.get("pods", splitKey(key));
      if (pod === undefined || get(pod["metadata"], "deletionTimestamp") !== undefined) return undefined;
      for (const volume of ephemeral(pod)) await ensureClaim(pod, volume, context);
      return undefined;
    },
  };
}

function ephemeral(pod: JsonObject): readonly JsonObject[] {
  const list = get(pod["spec"], "volumes");
  return (Array.isArray(list) ? list : []).filter(isObject).filter((volume) => isObject(volume["ephemeral"]));
}

async function ensureClaim(pod: JsonObject, volume: JsonObject, { api, event }: ControllerContext): Promise<void> {
  const { name: podName, namespace, uid } = pod["metadata"] as { name: string; namespace: string; uid: string };
  const name = `${podName}-${textOf(volume["name"])}`;
  const there = api.get(claims, { namespace, name });
  if (there !== undefined) {
    const owners = get(there["metadata"], "ownerReferences");
    const isOurs = (Array.isArray(owners) ? owners : []).some(
      (one) => get(one, "uid") === uid && get(one, "controller") === true,
    );
    if (isOurs) return;
    const why = `PVC ${namespace}/${name} was not created for pod ${namespace}/${podName} (pod is not owner)`;
    event(pod, "Warning", "FailedBinding", `ephemeral volume ${textOf(volume["name"])}: ${why}`);
    return;
  }
  const template = get(volume["ephemeral"], "volumeClaimTemplate");
  const { labels, annotations } = (get(template, "metadata") ?? {}) as JsonObject;
  try {
    await api.create(claims, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name,
        namespace,
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [
          { apiVersion: "v1", kind: "Pod", name: podName, uid, controller: true, blockOwnerDeletion: true },
        ],
      },
      spec: get(template, "spec") ?? {},
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
