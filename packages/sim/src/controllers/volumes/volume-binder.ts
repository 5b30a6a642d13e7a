import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { splitKey } from "../common/objects.ts";
import { isNotFound } from "../common/pod-control.ts";
import type { Api, Controller, ControllerContext, Outcome } from "../controller.ts";
import { bind, claims, setClaimPhase, setVolumePhase, volumes } from "./bind-volume.ts";
import { claimsOf, keyOfClaim } from "./claim-users.ts";
import { findVolume, isBoundClaim, isReservedFor, mismatch } from "./find-volume.ts";
import { provision, provisioner, volumeFinalizer } from "./provision-volume.ts";

const classes = "storageclasses.storage.k8s.io";
const selectedNode = "volume.kubernetes.io/selected-node";

/**
 * Binds claims to volumes, makes volumes for claims of a class that this cluster provisions, and lets go of volumes
 * whose claims are gone. Keys are those of claims (`namespace/name`) and names of volumes.
 */
export function volumeBinder(): Controller {
  return {
    name: "persistentvolume-controller",
    watches: [
      {
        collection: claims,
        keys: (claim, { kind }) => {
          const volume = textOf(get(claim["spec"], "volumeName"));
          return [...(kind === "deleted" ? [] : [keyOfClaim(claim)]), ...(volume === "" ? [] : [volume])];
        },
      },
      {
        collection: volumes,
        keys: (volume, { kind, api }) => [
          ...(kind === "deleted" ? boundTo(volume, api) : [nameOf(volume)]),
          ...unbound(api),
        ],
      },
      { collection: classes, keys: (_class, { api }) => unbound(api) },
    ],
    reconcile: (key, context) => (key.includes("/") ? keepClaim(key, context) : keepVolume(key, context)),
  };
}

function nameOf(object: JsonObject): string {
  return textOf(get(object["metadata"], "name"));
}

function unbound(api: Api): readonly string[] {
  return api.list(claims).flatMap((claim) => (get(claim["status"], "phase") === "Bound" ? [] : [keyOfClaim(claim)]));
}

function boundTo(volume: JsonObject, api: Api): readonly string[] {
  const reference = get(volume["spec"], "claimRef");
  const key = { namespace: textOf(get(reference, "namespace")), name: textOf(get(reference, "name")) };
  return reference === undefined || api.get(claims, key) === undefined ? [] : [`${key.namespace}/${key.name}`];
}

async function keepClaim(key: string, context: ControllerContext): Promise<Outcome> {
  const claim = context.api.get(claims, splitKey(key));
  if (claim === undefined) return undefined;
  if (isBoundClaim(claim)) await keepBound(claim, context);
  else if (textOf(get(claim["spec"], "volumeName")) !== "") await bindNamed(claim, context);
  else await bindAny(claim, context);
  return undefined;
}

/** A claim that was bound stays so, or is lost. */
async function keepBound(claim: JsonObject, context: ControllerContext): Promise<void> {
  const volume = context.api.get(volumes, { namespace: "", name: textOf(get(claim["spec"], "volumeName")) });
  const reference = get(volume?.["spec"], "claimRef");
  if (volume === undefined) {
    if (await setClaimPhase(claim, "Lost", context)) {
      const message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
      context.event(claim, "Warning", "ClaimLost", message);
    }
  } else if (reference === undefined || get(reference, "uid") === get(claim["metadata"], "uid"))
    await bind(claim, volume, context);
  else if (await setClaimPhase(claim, "Lost", context)) {
    const message = "Two claims are bound to the same volume, this one is bound incorrectly";
    context.event(claim, "Warning", "ClaimMisbound", message);
  }
}

async function bindNamed(claim: JsonObject, context: ControllerContext): Promise<void> {
  const name = textOf(get(claim["spec"], "volumeName"));
  const volume = context.api.get(volumes, { namespace: "", name });
  const problem = volume === undefined ? "" : obstacleTo(claim, volume, context);
  if (volume !== undefined && problem === undefined) await bind(claim, volume, context);
  else await setClaimPhase(claim, "Pending", context);
}

function obstacleTo(claim: JsonObject, volume: JsonObject, { event }: ControllerContext): string | undefined {
  if (get(volume["spec"], "claimRef") === undefined) {
    const why = mismatch(volume, claim, true);
    if (why === undefined) return undefined;
    const message = `Cannot bind to requested volume ${JSON.stringify(nameOf(volume))}: ${why}`;
    event(claim, "Warning", "VolumeMismatch", message);
    return message;
  }
  if (isReservedFor(volume, claim)) return undefined;
  const message = `volume ${JSON.stringify(nameOf(volume))} already bound to a different claim.`;
  event(claim, "Warning", "FailedBinding", message);
  return message;
}

async function bindAny(claim: JsonObject, context: ControllerContext): Promise<void> {
  const { api, event } = context;
  const className = textOf(get(claim["spec"], "storageClassName"));
  const storageClass = className === "" ? undefined : api.get(classes, { namespace: "", name: className });
  const waits =
    storageClass?.["volumeBindingMode"] === "WaitForFirstConsumer" &&
    get(get(claim["metadata"], "annotations"), selectedNode) === undefined;
  const volume = findVolume(claim, api);
  if (volume !== undefined && (!waits || get(volume["spec"], "claimRef") !== undefined))
    return await bind(claim, volume, context);
  if (get(claim["metadata"], "deletionTimestamp") === undefined) {
    if (waits) saysItWaits(claim, context);
    else if (className !== "") await provision(claim, className, context);
    else {
      const message = "no persistent volumes available for this claim and no storage class is set";
      event(claim, "Normal", "FailedBinding", message);
    }
  }
  const latest = api.get(claims, splitKey(keyOfClaim(claim)));
  if (latest !== undefined) await setClaimPhase(latest, "Pending", context);
}

function saysItWaits(claim: JsonObject, { api, event }: ControllerContext): void {
  const key = keyOfClaim(claim);
  const pods = api.list("pods", splitKey(key).namespace).filter((pod) => {
    const phase = get(pod["status"], "phase");
    const isOver = phase === "Succeeded" || phase === "Failed";
    return !isOver && claimsOf(pod).includes(key) && textOf(get(pod["spec"], "nodeName")) === "";
  });
  const names = pods.map(nameOf);
  if (names.length === 0)
    event(claim, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
  else if (names.length > 1)
    event(claim, "Normal", "WaitForPodScheduled", `waiting for pods ${names.join(",")} to be scheduled`);
  else event(claim, "Normal", "WaitForPodScheduled", `waiting for pod ${names[0]!} to be scheduled`);
}

/** A volume whose claim has gone is released, and deleted if that is its policy. */
async function keepVolume(name: string, context: ControllerContext): Promise<Outcome> {
  const { api } = context;
  const volume = api.get(volumes, { namespace: "", name });
  if (volume === undefined) return undefined;
  const reference = get(volume["spec"], "claimRef");
  if (get(reference, "uid") === undefined) {
    await setVolumePhase(volume, "Available", "", context);
    return undefined;
  }
  const key = { namespace: textOf(get(reference, "namespace")), name: textOf(get(reference, "name")) };
  const claim = api.get(claims, key);
  if (claim !== undefined && get(claim["metadata"], "uid") === get(reference, "uid")) {
    if (get(claim["spec"], "volumeName") === name) await setVolumePhase(volume, "Bound", "", context);
    return undefined;
  }
  const phase = get(volume["status"], "phase");
  const released =
    phase === "Released" || phase === "Failed" ? volume : await setVolumePhase(volume, "Released", "", context);
  await reclaim(released, context);
  return undefined;
}

async function reclaim(volume: JsonObject, context: ControllerContext): Promise<void> {
  const { api, event } = context;
  const policy = get(volume["spec"], "persistentVolumeReclaimPolicy");
  if (policy !== "Delete" && policy !== "Recycle") return;
  const maker = get(get(volume["metadata"], "annotations"), "pv.kubernetes.io/provisioned-by");
  if (policy === "Delete" && maker === provisioner) return await remove(volume, api);
  // A driver of somebody else's deletes its volumes itself.
  if (policy === "Delete" && (maker !== undefined || get(volume["spec"], "csi") !== undefined)) return;
  const [reason, message] =
    policy === "Recycle"
      ? ["VolumeFailedRecycle", "No recycler plugin found for the volume!"]
      : [
          "VolumeFailedDelete",
          `error getting deleter volume plugin for volume ${JSON.stringify(nameOf(volume))}: no deletable volume plugin matched`,
        ];
  if (get(volume["status"], "phase") === "Failed") return;
  await setVolumePhase(volume, "Failed", message!, context);
  event(volume, "Warning", reason!, message!);
}

async function remove(volume: JsonObject, api: Api): Promise<void> {
  const key = { namespace: "", name: nameOf(volume) };
  try {
    if (get(volume["metadata"], "deletionTimestamp") === undefined) await api.delete(volumes, key);
    const latest = api.get(volumes, key);
    const finalizers = get(latest?.["metadata"], "finalizers");
    if (!Array.isArray(finalizers) || !finalizers.includes(volumeFinalizer)) return;
    await api.patch(volumes, key, { metadata: { finalizers: finalizers.filter((one) => one !== volumeFinalizer) } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
