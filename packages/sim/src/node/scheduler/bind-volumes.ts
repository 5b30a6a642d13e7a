import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Api } from "../../controllers/controller.ts";
import { claimReference, findVolume } from "../../controllers/volumes/find-volume.ts";
import type { NodeInfo } from "./node-info.ts";
import { isWithin } from "./volumes.ts";

export type VolumeStep = "bound" | "waits";

const selectedNode = "volume.kubernetes.io/selected-node";

/**
 * Gives claims that waited for their first consumer a volume that the node can use: one that is there is reserved, else
 * the claim tells its provisioner the node. The pod is bound when the claims are.
 */
export async function bindVolumes(claims: readonly JsonObject[], node: NodeInfo, api: Api): Promise<VolumeStep> {
  let step: VolumeStep = "bound";
  for (const claim of claims) {
    if (get(claim["status"], "phase") === "Bound") continue;
    step = "waits";
    const volume = findVolume(claim, api, (one) => isWithin(one, node));
    if (volume !== undefined) {
      if (get(get(volume["spec"], "claimRef"), "uid") !== undefined) continue;
      const spec = { ...(volume["spec"] as JsonObject), claimRef: claimReference(claim) };
      const metadata = volume["metadata"] as JsonObject;
      const annotations = {
        ...(isObject(metadata["annotations"]) ? metadata["annotations"] : {}),
        "pv.kubernetes.io/bound-by-controller": "yes",
      };
      await api.update("persistentvolumes", { ...volume, metadata: { ...metadata, annotations }, spec });
      continue;
    }
    if (get(get(claim["metadata"], "annotations"), selectedNode) === node.name) continue;
    const { namespace, name } = claim["metadata"] as { namespace: string; name: string };
    await api.patch(
      "persistentvolumeclaims",
      { namespace, name },
      { metadata: { annotations: { [selectedNode]: textOf(node.name) } } },
    );
  }
  return step;
}
