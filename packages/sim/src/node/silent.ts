import { get, type JsonObject } from "@fairlead/apimachinery";

/** On a Node: nothing is heard of its kubelet, as if its machine were gone. */
export const silentAnnotation = "sim.fairlead.dev/silent";

export function isSilent(node: JsonObject | undefined): boolean {
  return get(get(node?.["metadata"], "annotations"), silentAnnotation) === "true";
}
