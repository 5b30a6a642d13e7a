import {
  get,
  isObject,
  parseQuantity,
  compareQuantities,
  textOf,
  matchesLabelSelector,
  type JsonObject,
  type JsonValue,
  type Labels,
} from "@fairlead/apimachinery";
import { isAlreadyExists, isNotFound } from "../common/pod-control.ts";
import { splitKey } from "../common/objects.ts";
import type { Api, Controller, ControllerContext, Outcome } from "../controller.ts";

const claims = "persistentvolumeclaims";
const volumes = "persistentvolumes";
const classes = "storageclasses.storage.k8s.io";

/** The provisioner of the class that every embedded cluster has. */
export const provisioner = "fairlead.dev/embedded";

/** Binds claims to volumes, and makes volumes for claims of a class that this cluster provisions. */
export function volumeBinder(): Controller {
  return {
    name: "persistentvolume-controller",
    watches: [
      {
        collection: claims,
        keys: (claim, { kind }) => {
          const volume = textOf(get(claim["spec"], "volumeName"));
          return kind === "deleted" ? (volume === "" ? [] : [volume]) : [`${namespaceOf(claim)}/${nameOf(claim)}`];
        },
      },
      {
        collection: volumes,
        keys: (volume, { kind, api }) => (kind === "deleted" ? waiting(api) : [nameOf(volume), ...waiting(api)]),
      },
      {
        collection: "pods",
        keys: (pod, { kind, api }) =>
          kind === "deleted" || textOf(get(pod["spec"], "nodeName")) !== "" ? releasedBy(pod, api) : claimsOf(pod),
      },
      { collection: classes, keys: (_class, { api }) => waiting(api) },
    ],
    reconcile: (key, context) => (key.includes("/") ? bindClaim(key, context) : keepVolume(key, context)),
  };
}

function nameOf(object: JsonObject): string {
  return textOf(get(object["metadata"], "name"));
}

function namespaceOf(object: JsonObject): string {
  return textOf(get(object["metadata"], "namespace"));
}

function waiting(api: Api): readonly string[] {
  return api
    .list(claims)
    .flatMap((claim) => (get(claim["status"], "phase") === "Bound" ? [] : [`${namespaceOf(claim)}/${nameOf(claim)}`]));
}

function claimsOf(pod: JsonObject): readonly string[] {
  const list = get(pod["spec"], "volumes");
  return (Array.isArray(list) ? list : []).flatMap((volume) => {
    const claim = textOf(get(get(volume, "persistentVolumeClaim"), "claimName"));
    const name = get(volume, "ephemeral") === undefined ? claim : `${nameOf(pod)}-${textOf(get(volume, "name"))}`;
    return name === "" ? [] : [`${namespaceOf(pod)}/${name}`];
  });
}

/** Claims that are to go may go once no pod uses them. */
function releasedBy(pod: JsonObject, api: Api): readonly string[] {
  return claimsOf(pod).filter(
    (key) => get(api.get(claims, splitKey(key))?.["metadata"], "deletionTimestamp") !== undefined,
  );
}

async function bindClaim(key: string, context: ControllerContext): Promise<Outcome> {
  const { api } = context;
  const claim = api.get(claims, splitKey(key));
  if (claim === undefined) return undefined;
  if (get(claim["metadata"], "deletionTimestamp") !== undefined)
    return await letGo(claim, "kubernetes.io/pvc-protection", claims, isUsed(claim, api), api);
  const bound = textOf(get(claim["spec"], "volumeName"));
  const volume = bound === "" ? findVolume(claim, api) : api.get(volumes, { namespace: "", name: bound });
  if (volume !== undefined) return await bind(claim, volume, api);
  if (bound !== "") return undefined;
  const name = textOf(get(claim["spec"], "storageClassName"));
  const storageClass = name === "" ? undefined : api.get(classes, { namespace: "", name });
  if (storageClass === undefined) {
    if (name !== "")
      context.event(
        claim,
        "Warning",
        "ProvisioningFailed",
        `storageclass.storage.k8s.io ${JSON.stringify(name)} not found`,
      );
    else
      context.event(
        claim,
        "Normal",
        "FailedBinding",
        "no persistent volumes available for this claim and no storage class is set",
      );
    return undefined;
  }
  if (storageClass["volumeBindingMode"] === "WaitForFirstConsumer" && !hasConsumer(claim, api)) {
    context.event(claim, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
    return undefined;
  }
  if (storageClass["provisioner"] !== provisioner) return undefined;
  await provision(claim, storageClass, context);
  return undefined;
}

function hasConsumer(claim: JsonObject, api: Api): boolean {
  const key = `${namespaceOf(claim)}/${nameOf(claim)}`;
  return api.list("pods", namespaceOf(claim)).some((pod) => claimsOf(pod).includes(key));
}

function isUsed(claim: JsonObject, api: Api): boolean {
  const key = `${namespaceOf(claim)}/${nameOf(claim)}`;
  return api.list("pods", namespaceOf(claim)).some((pod) => {
    const phase = get(pod["status"], "phase");
    return phase !== "Succeeded" && phase !== "Failed" && claimsOf(pod).includes(key);
  });
}

async function letGo(
  object: JsonObject,
  finalizer: string,
  collection: string,
  isHeld: boolean,
  api: Api,
): Promise<Outcome> {
  const finalizers = get(object["metadata"], "finalizers");
  if (isHeld || !Array.isArray(finalizers) || !finalizers.includes(finalizer)) return undefined;
  const metadata = { finalizers: finalizers.filter((one) => one !== finalizer) };
  try {
    await api.patch(collection, { namespace: namespaceOf(object), name: nameOf(object) }, { metadata });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return undefined;
}

/** The smallest free volume that is large enough, of the class, with the modes that are asked for. */
function findVolume(claim: JsonObject, api: Api): JsonObject | undefined {
  const wanted = parseQuantity(textOf(get(get(get(claim["spec"], "resources"), "requests"), "storage")) || "0")!;
  const modes = modesOf(claim);
  const selector = get(claim["spec"], "selector");
  const uid = get(claim["metadata"], "uid");
  const fitting = api.list(volumes).filter((volume) => {
    const reference = get(volume["spec"], "claimRef");
    if (reference !== undefined) {
      const isOurs = get(reference, "name") === nameOf(claim) && get(reference, "namespace") === namespaceOf(claim);
      return isOurs && (get(reference, "uid") === undefined || get(reference, "uid") === uid);
    }
    const capacity = parseQuantity(textOf(get(get(volume["spec"], "capacity"), "storage")) || "0");
    const sameClass =
      textOf(get(volume["spec"], "storageClassName")) === textOf(get(claim["spec"], "storageClassName"));
    const labels = (get(volume["metadata"], "labels") ?? {}) as Labels;
    const isSelected = selector === undefined || matchesLabelSelector(selector, labels);
    return (
      sameClass &&
      isSelected &&
      capacity !== undefined &&
      compareQuantities(capacity, wanted) >= 0 &&
      modes.every((mode) => modesOf(volume).includes(mode))
    );
  });
  return fitting.sort((a, b) => {
    const [left, right] = [a, b].map((one) =>
      parseQuantity(textOf(get(get(one["spec"], "capacity"), "storage")) || "0")!,
    ) as [NonNullable<ReturnType<typeof parseQuantity>>, NonNullable<ReturnType<typeof parseQuantity>>];
    return compareQuantities(left, right);
  })[0];
}

function modesOf(object: JsonObject): readonly JsonValue[] {
  const modes = get(object["spec"], "accessModes");
  return Array.isArray(modes) ? modes : [];
}

async function bind(claim: JsonObject, found: JsonObject, api: Api): Promise<Outcome> {
  let volume = found;
  const reference = get(volume["spec"], "claimRef");
  if (get(reference, "uid") !== get(claim["metadata"], "uid")) {
    if (reference !== undefined && get(reference, "uid") !== undefined) return undefined;
    volume = await api.update(volumes, {
      ...volume,
      spec: { ...(volume["spec"] as JsonObject), claimRef: referenceTo(claim) },
    });
  }
  if (get(volume["status"], "phase") !== "Bound")
    volume = await api.updateStatus(volumes, { ...volume, status: { phase: "Bound" } });
  let bound = claim;
  if (textOf(get(claim["spec"], "volumeName")) === "") {
    const metadata = claim["metadata"] as JsonObject;
    const annotations = {
      ...(isObject(metadata["annotations"]) ? metadata["annotations"] : {}),
      "pv.kubernetes.io/bind-completed": "yes",
      "pv.kubernetes.io/bound-by-controller": "yes",
    };
    bound = await api.update(claims, {
      ...claim,
      metadata: { ...metadata, annotations },
      spec: { ...(claim["spec"] as JsonObject), volumeName: nameOf(volume) },
    });
  }
  if (get(bound["status"], "phase") !== "Bound") {
    const status = {
      phase: "Bound",
      accessModes: [...modesOf(volume)],
      capacity: get(volume["spec"], "capacity") ?? {},
    };
    await api.updateStatus(claims, { ...bound, status });
  }
  return undefined;
}

function referenceTo(claim: JsonObject): JsonObject {
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

async function provision(
  claim: JsonObject,
  storageClass: JsonObject,
  { api, event }: ControllerContext,
): Promise<void> {
  const name = `pvc-${textOf(get(claim["metadata"], "uid"))}`;
  const spec: JsonObject = {
    capacity: { storage: get(get(get(claim["spec"], "resources"), "requests"), "storage") ?? "0" },
    accessModes: [...modesOf(claim)],
    claimRef: referenceTo(claim),
    persistentVolumeReclaimPolicy: textOf(storageClass["reclaimPolicy"]) || "Delete",
    storageClassName: nameOf(storageClass),
    volumeMode: get(claim["spec"], "volumeMode") ?? "Filesystem",
    csi: { driver: provisioner, volumeHandle: name },
  };
  const metadata = { name, annotations: { "pv.kubernetes.io/provisioned-by": provisioner } };
  try {
    await api.create(volumes, { metadata, spec });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${name}`);
}

/** A volume whose claim has gone is released, and deleted if that is its policy. */
async function keepVolume(name: string, { api }: ControllerContext): Promise<Outcome> {
  const volume = api.get(volumes, { namespace: "", name });
  if (volume === undefined) return undefined;
  const reference = get(volume["spec"], "claimRef");
  const claim =
    reference === undefined
      ? undefined
      : api.get(claims, { namespace: textOf(get(reference, "namespace")), name: textOf(get(reference, "name")) });
  const isOwned =
    claim !== undefined &&
    (get(reference, "uid") === undefined || get(claim["metadata"], "uid") === get(reference, "uid"));
  if (get(volume["metadata"], "deletionTimestamp") !== undefined)
    return await letGo(volume, "kubernetes.io/pv-protection", volumes, isOwned, api);
  if (reference === undefined || get(reference, "uid") === undefined) {
    if (get(volume["status"], "phase") !== "Available")
      await api.updateStatus(volumes, { ...volume, status: { phase: "Available" } });
    return undefined;
  }
  if (isOwned) return undefined;
  if (get(volume["status"], "phase") !== "Released")
    await api.updateStatus(volumes, { ...volume, status: { phase: "Released" } });
  if (get(volume["spec"], "persistentVolumeReclaimPolicy") === "Delete")
    await api.delete(volumes, { namespace: "", name });
  return undefined;
}
