import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { matchesNodeTerm, type NodeTerm } from "../../controllers/common/node-affinity.ts";
import type { Api } from "../../controllers/controller.ts";
import { findVolume, isBoundClaim } from "../../controllers/volumes/find-volume.ts";
import type { NodeInfo } from "./node-info.ts";
import type { Obstacle } from "./obstacle.ts";

/** What a pod's volumes ask of its node. */
export interface VolumeNeeds {
  /** The pod can run nowhere. */
  readonly problem: string | undefined;
  /** Claims that are bound once the pod has a node. */
  readonly delayed: readonly JsonObject[];
  obstacle(node: NodeInfo): Obstacle | undefined;
}

export function volumeNeeds(pod: JsonObject, api: Api): VolumeNeeds {
  const namespace = textOf(get(pod["metadata"], "namespace"));
  const delayed: JsonObject[] = [];
  const bound: JsonObject[] = [];
  let problem: string | undefined;
  let isUnbound = false;
  for (const [name, isEphemeral] of claimNames(pod)) {
    const claim = api.get("persistentvolumeclaims", { namespace, name });
    if (claim === undefined) {
      problem ??= isEphemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${JSON.stringify(name)}`
        : `persistentvolumeclaim ${JSON.stringify(name)} not found`;
    } else if (get(claim["status"], "phase") === "Lost") {
      const volume = textOf(get(claim["spec"], "volumeName"));
      problem ??= `persistentvolumeclaim ${JSON.stringify(name)} bound to non-existent persistentvolume ${JSON.stringify(volume)}`;
    } else if (get(claim["metadata"], "deletionTimestamp") !== undefined)
      problem ??= `persistentvolumeclaim ${JSON.stringify(name)} is being deleted`;
    else if (isBoundClaim(claim)) bound.push(claim);
    else if (waitsForConsumer(claim, api) && textOf(get(claim["spec"], "volumeName")) === "") delayed.push(claim);
    else isUnbound = true;
  }
  const volumes = bound.map((claim) =>
    api.get("persistentvolumes", { namespace: "", name: textOf(get(claim["spec"], "volumeName")) }),
  );
  return {
    problem: problem ?? (isUnbound ? "pod has unbound immediate PersistentVolumeClaims" : undefined),
    delayed,
    obstacle: (node) => {
      if (volumes.includes(undefined))
        return { reason: "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)", hopeless: true };
      if (volumes.some((volume) => !isWithin(volume!, node)))
        return { reason: "node(s) didn't match PersistentVolume's node affinity", hopeless: true };
      if (delayed.some((claim) => !canBind(claim, node, api)))
        return { reason: "node(s) didn't find available persistent volumes to bind", hopeless: true };
      return undefined;
    },
  };
}

/** The claims of a pod's volumes, and whether its own controller makes them. */
export function claimNames(pod: JsonObject): readonly (readonly [name: string, isEphemeral: boolean])[] {
  const volumes = get(pod["spec"], "volumes");
  const podName = textOf(get(pod["metadata"], "name"));
  return (Array.isArray(volumes) ? volumes : []).flatMap((volume): (readonly [string, boolean])[] => {
    if (get(volume, "ephemeral") !== undefined) return [[`${podName}-${textOf(get(volume, "name"))}`, true]];
    const name = textOf(get(get(volume, "persistentVolumeClaim"), "claimName"));
    return name === "" ? [] : [[name, false]];
  });
}

export function waitsForConsumer(claim: JsonObject, api: Api): boolean {
  const name = textOf(get(claim["spec"], "storageClassName"));
  const storageClass = name === "" ? undefined : api.get("storageclasses.storage.k8s.io", { namespace: "", name });
  return storageClass?.["volumeBindingMode"] === "WaitForFirstConsumer";
}

/** Whether a volume can be used on a node. */
export function isWithin(volume: JsonObject, node: Pick<NodeInfo, "name" | "labels">): boolean {
  const required = get(get(volume["spec"], "nodeAffinity"), "required");
  if (!isObject(required)) return true;
  const terms = required["nodeSelectorTerms"];
  return (Array.isArray(terms) ? terms : []).some((term: JsonValue) =>
    matchesNodeTerm(term as unknown as NodeTerm, node.name, node.labels),
  );
}

/** Whether there is a volume for the claim that can be used on the node, or one can be made. */
function canBind(claim: JsonObject, node: NodeInfo, api: Api): boolean {
  if (findVolume(claim, api, (volume) => isWithin(volume, node)) !== undefined) return true;
  const name = textOf(get(claim["spec"], "storageClassName"));
  const storageClass = api.get("storageclasses.storage.k8s.io", { namespace: "", name });
  const provisioner = textOf(storageClass?.["provisioner"]);
  if (provisioner === "" || provisioner === "kubernetes.io/no-provisioner") return false;
  const allowed = storageClass?.["allowedTopologies"];
  if (!Array.isArray(allowed) || allowed.length === 0) return true;
  return allowed.some((topology) => {
    const expressions = get(topology, "matchLabelExpressions");
    return (Array.isArray(expressions) ? expressions : []).every((expression) => {
      const values = get(expression, "values");
      const value = node.labels[textOf(get(expression, "key"))];
      return Array.isArray(values) && value !== undefined && values.includes(value);
    });
  });
}
