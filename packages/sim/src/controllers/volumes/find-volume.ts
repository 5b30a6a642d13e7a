import {
  compareQuantities,
  get,
  matchesLabelSelector,
  parseQuantity,
  textOf,
  type JsonObject,
  type JsonValue,
  type Labels,
  type Quantity,
} from "@fairlead/apimachinery";
import type { Api } from "../controller.ts";

/** Whether the controller has finished binding the claim. */
export function isBoundClaim(claim: JsonObject): boolean {
  const isDone = get(get(claim["metadata"], "annotations"), "pv.kubernetes.io/bind-completed") !== undefined;
  return textOf(get(claim["spec"], "volumeName")) !== "" && isDone;
}

/** What a volume says of the claim that it is bound to. */
export function claimReference(claim: JsonObject): JsonObject {
  const { name, namespace, uid, resourceVersion } = claim["metadata"] as JsonObject;
  return {
    kind: "PersistentVolumeClaim",
    apiVersion: "v1",
    namespace: namespace!,
    name: name!,
    uid: uid!,
    resourceVersion: resourceVersion!,
  };
}

/** The volume that is reserved for the claim, else the smallest one that is free, large enough and of its kind. */
export function findVolume(
  claim: JsonObject,
  api: Api,
  allowed: (volume: JsonObject) => boolean = () => true,
): JsonObject | undefined {
  let best: JsonObject | undefined;
  for (const volume of api.list("persistentvolumes")) {
    if (get(volume["metadata"], "deletionTimestamp") !== undefined) continue;
    if (get(volume["spec"], "claimRef") !== undefined) {
      if (isReservedFor(volume, claim) && mismatch(volume, claim, true) === undefined) return volume;
      continue;
    }
    const phase = get(volume["status"], "phase");
    if ((phase !== "Available" && phase !== undefined) || mismatch(volume, claim, false) !== undefined) continue;
    if (!allowed(volume)) continue;
    if (best === undefined || compareQuantities(capacityOf(volume), capacityOf(best)) < 0) best = volume;
  }
  return best;
}

export function isReservedFor(volume: JsonObject, claim: JsonObject): boolean {
  const reference = get(volume["spec"], "claimRef");
  const metadata = claim["metadata"];
  const uid = get(reference, "uid");
  return (
    get(reference, "name") === get(metadata, "name") &&
    get(reference, "namespace") === get(metadata, "namespace") &&
    (uid === undefined || uid === get(metadata, "uid"))
  );
}

/** Why a volume does not satisfy a claim, in the controller's words. `reserved`: access modes and labels count no more. */
export function mismatch(volume: JsonObject, claim: JsonObject, reserved: boolean): string | undefined {
  if (compareQuantities(capacityOf(volume), requestOf(claim)) < 0) return "requested PV is too small";
  if (textOf(get(volume["spec"], "storageClassName")) !== textOf(get(claim["spec"], "storageClassName")))
    return "storageClassName does not match";
  if (modeOf(volume) !== modeOf(claim)) return "incompatible volumeMode";
  const modes = modesOf(volume);
  if (!modesOf(claim).every((mode) => modes.includes(mode))) return "incompatible accessMode";
  const selector = get(claim["spec"], "selector");
  const labels = (get(volume["metadata"], "labels") ?? {}) as Labels;
  return !reserved && selector !== undefined && !matchesLabelSelector(selector, labels)
    ? "labels do not match"
    : undefined;
}

function modeOf(object: JsonObject): string {
  return textOf(get(object["spec"], "volumeMode")) || "Filesystem";
}

export function modesOf(object: JsonObject): readonly JsonValue[] {
  const modes = get(object["spec"], "accessModes");
  return Array.isArray(modes) ? modes : [];
}

function quantityOf(value: JsonValue | undefined): Quantity {
  return parseQuantity(textOf(value) || "0") ?? parseQuantity("0")!;
}

function capacityOf(volume: JsonObject): Quantity {
  return quantityOf(get(get(volume["spec"], "capacity"), "storage"));
}

function requestOf(claim: JsonObject): Quantity {
  return quantityOf(get(get(get(claim["spec"], "resources"), "requests"), "storage"));
}
