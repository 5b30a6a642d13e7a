import { compareQuantities, equal, roundQuantity, type JsonObject } from "@fairlead/apimachinery";
import { annotation, field, text } from "../objects.ts";
import { resourceList } from "../pod-resources.ts";
import { amount } from "./amounts.ts";
import type { QuotaEvaluator } from "./evaluator.ts";
import { scopeSelects } from "./scope-selects.ts";

const ofClass = ".storageclass.storage.k8s.io/";
const names = ["persistentvolumeclaims", "requests.storage"];

const attributeClasses = (claim: JsonObject | undefined): string[] =>
  [
    text(claim, "spec", "volumeAttributesClassName"),
    text(claim, "status", "currentVolumeAttributesClassName"),
    text(claim, "status", "modifyVolumeStatus", "targetVolumeAttributesClassName"),
  ].filter((name) => name !== "");

export const claimEvaluator: QuotaEvaluator = {
  handles: ({ operation, subresource, object, old }) => {
    if (subresource === "") return operation === "CREATE" || operation === "UPDATE";
    if (subresource !== "status") return false;
    const allocated = (claim: JsonObject | undefined) => field(claim, "status", "allocatedResources", "storage") ?? "";
    return (
      allocated(object) !== allocated(old) ||
      !equal([...new Set(attributeClasses(object))].sort(), [...new Set(attributeClasses(old))].sort())
    );
  },
  matching: (asked) =>
    asked
      .filter(
        (name) =>
          name === "count/persistentvolumeclaims" ||
          names.includes(name) ||
          names.some((one) => name.endsWith(ofClass + one)),
      )
      .sort(),
  inScope: (scope, claim) => {
    if (scope.scopeName !== "VolumeAttributesClass") return false;
    const classes = attributeClasses(claim);
    if (scope.operator === "Exists") return classes.length > 0;
    return classes.length === 0 ? scopeSelects(scope, undefined) : classes.some((name) => scopeSelects(scope, name));
  },
  usage: (claim) => {
    const found = new Map([
      ["persistentvolumeclaims", amount(1)],
      ["count/persistentvolumeclaims", amount(1)],
    ]);
    const storageClass =
      annotation(claim, "volume.beta.kubernetes.io/storage-class") ?? text(claim, "spec", "storageClassName");
    if (storageClass !== "") found.set(`${storageClass}${ofClass}persistentvolumeclaims`, amount(1));
    let storage = resourceList(field(claim, "spec", "resources", "requests")).get("storage");
    if (storage === undefined) return found;
    const allocated = resourceList(field(claim, "status", "allocatedResources")).get("storage");
    if (allocated !== undefined && compareQuantities(allocated, storage) > 0) storage = allocated;
    storage = roundQuantity(storage, 0);
    found.set("requests.storage", storage);
    if (storageClass !== "") found.set(`${storageClass}${ofClass}requests.storage`, storage);
    return found;
  },
};
