import { equal, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

/** Keeps of a pod that comes through `resize` only what that endpoint writes: resources, and how containers take them. */
export function keepSizes(pod: JsonObject, old: JsonObject): void {
  const [spec, before] = [pod["spec"], old["spec"]];
  if (!isObject(spec) || !isObject(before)) return;
  // Containers that come, go or are renamed are refused later: the pod is checked as it was sent.
  if (["containers", "initContainers"].some((key) => listOf(spec[key]).length !== listOf(before[key]).length)) return;
  const { resources } = spec;
  const result: JsonObject = { ...before };
  delete result["resources"];
  if (resources !== undefined) result["resources"] = resources;
  for (const key of ["containers", "initContainers"]) {
    if (listOf(spec[key]).length > 0) result[key] = sized(listOf(spec[key]), listOf(before[key]));
  }
  pod["spec"] = result;
  if (old["status"] !== undefined) pod["status"] = old["status"];
  const metadata = isObject(pod["metadata"]) ? { ...pod["metadata"] } : {};
  for (const key of ["labels", "annotations", "finalizers", "ownerReferences"]) {
    const value = get(old["metadata"], key);
    if (value === undefined) delete metadata[key];
    else metadata[key] = value;
  }
  pod["metadata"] = metadata;
}

function sized(containers: readonly JsonValue[], old: readonly JsonValue[]): JsonValue[] {
  const isRenamed = containers.some((one, index) => !equal(get(one, "name") ?? "", get(old[index], "name") ?? ""));
  if (isRenamed) return [...containers];
  return containers.map((one, index) => {
    const result: JsonObject = { ...(old[index] as JsonObject) };
    for (const key of ["resources", "resizePolicy"]) {
      const value = get(one, key);
      if (value === undefined) delete result[key];
      else result[key] = value;
    }
    return result;
  });
}
