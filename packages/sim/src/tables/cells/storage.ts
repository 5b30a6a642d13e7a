import { canonicalQuantity, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { at, isTrueAt, listAt, nameOf, objectAt, or, textAt, textsAt } from "../read.ts";
import { age, isDeleted, type Cells } from "./cells.ts";

const shortModes: readonly (readonly [string, string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

function accessModes(modes: readonly string[]): string {
  return shortModes
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

/** A quantity as Go prints it; 0 without one. */
export function quantityText(value: JsonValue | undefined): string {
  return typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : "0";
}

function textOr(value: JsonValue | undefined, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function storageClass(object: JsonObject): string {
  const annotation = at(object, "metadata", "annotations", "volume.beta.kubernetes.io/storage-class");
  return typeof annotation === "string" ? annotation : textAt(object, "spec", "storageClassName");
}

function phase(object: JsonObject): string {
  return isDeleted(object) ? "Terminating" : textAt(object, "status", "phase");
}

export const volumeCells: Cells = (object, now) => {
  const claim = at(object, "spec", "claimRef");
  return [
    nameOf(object),
    quantityText(at(object, "spec", "capacity", "storage")),
    accessModes(textsAt(object, "spec", "accessModes")),
    textAt(object, "spec", "persistentVolumeReclaimPolicy"),
    phase(object),
    claim === undefined ? "" : `${textAt(claim, "namespace")}/${textAt(claim, "name")}`,
    storageClass(object),
    textOr(at(object, "spec", "volumeAttributesClassName"), "<unset>"),
    textAt(object, "status", "reason"),
    age(object, now),
    textOr(at(object, "spec", "volumeMode"), "<unset>"),
  ];
};

export const claimCells: Cells = (object, now) => {
  const volume = textAt(object, "spec", "volumeName");
  return [
    nameOf(object),
    phase(object),
    volume,
    volume === "" ? "" : quantityText(at(object, "status", "capacity", "storage")),
    volume === "" ? "" : accessModes(textsAt(object, "status", "accessModes")),
    storageClass(object),
    textOr(at(object, "spec", "volumeAttributesClassName"), "<unset>"),
    age(object, now),
    textOr(at(object, "spec", "volumeMode"), "<unset>"),
  ];
};

export const storageClassCells: Cells = (object, now) => {
  const annotations = objectAt(object, "metadata", "annotations");
  const isDefault = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
  return [
    nameOf(object) + (isDefault.some((key) => annotations[key] === "true") ? " (default)" : ""),
    textAt(object, "provisioner"),
    textOr(at(object, "reclaimPolicy"), "Delete"),
    textOr(at(object, "volumeBindingMode"), "Immediate"),
    isTrueAt(object, "allowVolumeExpansion"),
    age(object, now),
  ];
};

export const csiDriverCells: Cells = (object, now) => {
  const tokens = at(object, "spec", "tokenRequests");
  return [
    nameOf(object),
    at(object, "spec", "attachRequired") !== false,
    isTrueAt(object, "spec", "podInfoOnMount"),
    isTrueAt(object, "spec", "storageCapacity"),
    Array.isArray(tokens) ? tokens.map((one) => textAt(one, "audience")).join(",") : "<unset>",
    isTrueAt(object, "spec", "requiresRepublish"),
    or(textsAt(object, "spec", "volumeLifecycleModes").join(","), "<none>"),
    age(object, now),
  ];
};

export const csiNodeCells: Cells = (object, now) => [
  nameOf(object),
  listAt(object, "spec", "drivers").length,
  age(object, now),
];

export const attachmentCells: Cells = (object, now) => [
  nameOf(object),
  textAt(object, "spec", "attacher"),
  textAt(object, "spec", "source", "persistentVolumeName"),
  textAt(object, "spec", "nodeName"),
  isTrueAt(object, "status", "attached"),
  age(object, now),
];

export const attributesClassCells: Cells = (object, now) => [
  nameOf(object),
  textAt(object, "driverName"),
  age(object, now),
];
