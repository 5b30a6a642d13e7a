import {
  compareQuantities,
  compareText,
  dns1123SubdomainProblem,
  equal,
  get,
  isObject,
  parseQuantity,
  quantityUnits,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { immutable, isSet, listOf, objections, read, sortedMap, specOf, text, type Problems } from "./checks.ts";
import { goStruct } from "./go-struct.ts";
import { nodeSelectorProblems } from "./node-selectors.ts";
import { accessModeProblems, volumeModes } from "./access-modes.ts";
import { volumeSourceProblems } from "./volume-sources.ts";

/** In the order in which the server looks for them. */
const sources = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
];

const policies = ["Delete", "Recycle", "Retain"];

/** What is wrong with a PersistentVolume. */
export function* volumeProblems(volume: JsonObject): Problems {
  const spec = specOf(volume);
  if (listOf(spec["accessModes"]).length === 0) yield requiredValue("spec.accessModes");
  yield* accessModeProblems(spec);
  yield* capacityProblems(spec["capacity"]);
  const policy = text(spec, "persistentVolumeReclaimPolicy");
  if (policy !== "" && !policies.includes(policy)) {
    yield unsupportedValue("spec.persistentVolumeReclaimPolicy", policy, policies);
  }
  const affinity = spec["nodeAffinity"];
  if (isObject(affinity)) {
    const required = affinity["required"];
    if (isObject(required)) yield* nodeSelectorProblems(required, "spec.nodeAffinity.required");
    else yield requiredValue("spec.nodeAffinity.required", "must specify required node constraints");
  }
  yield* sourceProblems(spec, text(volume["metadata"], "name"));
  if (policy === "Recycle" && isRoot(text(spec, "hostPath", "path"))) {
    yield forbiddenValue("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
  }
  const storageClass = text(spec, "storageClassName");
  if (storageClass !== "") {
    yield* objections("spec.storageClassName", storageClass, dns1123SubdomainProblem(storageClass));
  }
  const mode = spec["volumeMode"];
  if (isSet(mode) && !volumeModes.includes(textOf(mode))) yield unsupportedValue("spec.volumeMode", mode, volumeModes);
  const attributes = spec["volumeAttributesClassName"];
  if (typeof attributes !== "string") return;
  const at = "spec.volumeAttributesClassName";
  if (attributes === "") yield requiredValue(at, "an empty string is disallowed");
  else yield* objections(at, attributes, dns1123SubdomainProblem(attributes));
  if (!isObject(spec["csi"])) {
    yield requiredValue("spec.csi", "has to be specified when using volumeAttributesClassName");
  }
}

function* capacityProblems(capacity: JsonValue | undefined): Problems {
  const at = "spec.capacity";
  const own = isObject(capacity) ? sortedMap(capacity) : {};
  const names = Object.keys(own);
  if (names.length === 0) yield requiredValue(at);
  if (names.length !== 1 || names[0] !== "storage") {
    yield unsupportedValue(at, isObject(capacity) ? own : null, ["storage"]);
  }
  for (const name of names.toSorted(compareText)) {
    const value = own[name]!;
    const quantity = typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
    if (quantity === undefined) continue;
    const whole = quantityUnits(quantity);
    if (whole < 0n) yield invalidValue(`${at}[${name}]`, Number(whole), "must be a valid resource quantity");
    if (compareQuantities(quantity, parseQuantity(0)!) <= 0) {
      yield invalidValue(`${at}[${name}]`, textOf(value), "must be greater than zero");
    }
  }
}

function* sourceProblems(spec: JsonObject, name: string): Problems {
  let count = 0;
  for (const key of sources) {
    const source = spec[key];
    if (!isObject(source)) continue;
    if (count > 0 && key !== "flexVolume") {
      const shown = key === "cephfs" ? "cephFS" : key;
      yield forbiddenValue(`spec.${shown}`, "may not specify more than 1 volume type");
      continue;
    }
    count++;
    yield* volumeSourceProblems(key, source, "spec", { isPersistent: true, name });
    if (key === "local" && !isObject(spec["nodeAffinity"])) {
      yield requiredValue("spec.nodeAffinity", "Local volume requires node affinity");
    }
  }
  if (count === 0) yield requiredValue("spec", "must specify a volume type");
}

function isRoot(path: string): boolean {
  return /^\/+(?:\.?\/+)*\.?$/.test(path);
}

const requirement = { Key: true, Operator: true, Values: true } as const;
const affinityFields = {
  Required: { NodeSelectorTerms: { MatchExpressions: requirement, MatchFields: requirement } },
} as const;

/** What of a volume may not change: what it is, and once it is said, where. */
export function* volumeChange(volume: JsonObject, old: JsonObject): Problems {
  const [spec, before] = [specOf(volume), specOf(old)];
  if (!equal(sourceOf(spec, before), sourceOf(before, before))) {
    yield forbiddenValue("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation\n");
  }
  yield* immutable("volumeMode", spec["volumeMode"], before["volumeMode"]);
  const affinity = before["nodeAffinity"];
  if (isObject(affinity) && !equal(withNewKeys(affinity, spec["nodeAffinity"]), spec["nodeAffinity"] ?? null)) {
    const why = "field is immutable, except for updating from beta label to GA";
    yield invalidValue("nodeAffinity", goStruct(spec["nodeAffinity"], affinityFields), why);
  }
  if (isSet(before["volumeAttributesClassName"]) && !isSet(spec["volumeAttributesClassName"])) {
    yield forbiddenValue("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
  }
}

/** The source; a secret for growing may be added to one that had none. */
function sourceOf(spec: JsonObject, before: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of sources) if (isSet(spec[key])) result[key] = spec[key]!;
  const csi = result["csi"];
  if (isObject(csi) && isObject(before["csi"]) && !isSet(before["csi"]["controllerExpandSecretRef"])) {
    const { controllerExpandSecretRef: _, ...rest } = csi;
    result["csi"] = rest;
  }
  return result;
}

const newKeys: Readonly<Record<string, string>> = {
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
};

/** Former labels of nodes by the names that the other affinity has for them. */
function withNewKeys(value: JsonValue, other: JsonValue | undefined): JsonValue {
  if (Array.isArray(value)) return value.map((one, index) => withNewKeys(one, listOf(other)[index]));
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, one] of Object.entries(value)) result[key] = withNewKeys(one, get(other, key));
  const key = read(value, "key");
  if (typeof key === "string" && newKeys[key] !== undefined && newKeys[key] === get(other, "key")) {
    result["key"] = newKeys[key];
  }
  return result;
}
