import { applySetId, type ApplySetParent, type Resource } from "@fairlead/kube";

const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

/** The set of what the command line applied without `--set`. */
export const unnamedSet = "default";

/** The ConfigMap `fairlead-<set>` that stands for a set of the command line in its namespace. */
export function setParent(set: string, namespace: string): ApplySetParent {
  return { resource: configMaps, key: { namespace, name: `fairlead-${set}` } };
}

/** The id of the unnamed set, whose members may move into a named set, or to a controller, at any time. */
export function unnamedSetId(namespace: string): string {
  return applySetId(setParent(unnamedSet, namespace));
}
