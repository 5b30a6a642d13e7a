import { dns1123LabelProblem, get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Strategy } from "./strategy.ts";

const finalizer = "kubernetes";
const nameLabel = "kubernetes.io/metadata.name";

/** A namespace goes once its `spec.finalizers` are gone too; its label names it. */
export const namespaceStrategy: Strategy = {
  nameProblem: dns1123LabelProblem,
  prepareForCreate: (namespace) => {
    const own = specFinalizers(namespace);
    const spec = isObject(namespace["spec"]) ? namespace["spec"] : {};
    namespace["spec"] = { ...spec, finalizers: own.includes(finalizer) ? [...own] : [...own, finalizer] };
    namespace["status"] = { phase: "Active" };
    labelName(namespace);
  },
  prepareForUpdate: (namespace, old, { subresource }) => {
    if (subresource === "finalize") {
      if (old["status"] !== undefined) namespace["status"] = old["status"];
      return;
    }
    namespace["spec"] = old["spec"] ?? {};
    if (subresource === "") labelName(namespace);
  },
  whileGoing: (namespace) => {
    const status = isObject(namespace["status"]) ? namespace["status"] : {};
    const metadata = isObject(namespace["metadata"]) ? { ...namespace["metadata"] } : {};
    delete metadata["deletionGracePeriodSeconds"];
    return { ...namespace, metadata, status: { ...status, phase: "Terminating" } };
  },
  mayGo: (namespace) => specFinalizers(namespace).length === 0,
  selectableFields: { "status.phase": (namespace) => textOf(get(namespace["status"], "phase")) },
};

export function specFinalizers(namespace: JsonObject): readonly string[] {
  const list = get(namespace["spec"], "finalizers");
  return Array.isArray(list) ? list.map(textOf) : [];
}

function labelName(namespace: JsonObject): void {
  const metadata = namespace["metadata"];
  if (!isObject(metadata)) return;
  const labels = isObject(metadata["labels"]) ? metadata["labels"] : {};
  metadata["labels"] = { ...labels, [nameLabel]: textOf(metadata["name"]) };
}
