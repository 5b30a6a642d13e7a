import { applyJsonPatch, get, isObject, JsonPatchError, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { readable } from "./review.ts";

export type Patched =
  | { readonly kind: "pod"; readonly pod: JsonObject }
  | { readonly kind: "invalid"; readonly message: string };

const most = 2 << 20;
/** How much longer JSON may be when it is written anew: 1e20 has 21 digits then. */
const mostGrowth = 6;

/**
 * The pod after an injector's patch. Metadata and spec are all that it may touch, and neither name nor namespace: a patch
 * that does more is refused as a whole. `size`: characters of the pod and of the operations, as they came.
 */
export function patchedPod(pod: JsonObject, operations: readonly JsonValue[], size = Infinity): Patched {
  const invalid = (why: string): Patched => ({
    kind: "invalid",
    message: `its patch cannot be used: ${readable(why)}`,
  });
  // Programs that write a pod out of their own types add what is empty.
  const used = operations.filter((operation) => !isEmptyStatus(operation));
  for (const operation of used) {
    for (const pointer of [get(operation, "path"), get(operation, "from")]) {
      if (typeof pointer === "string" && !isOfPod(pointer)) return invalid(`it touches ${pointer || "the whole pod"}`);
    }
  }
  let result: JsonObject;
  try {
    result = applyJsonPatch(pod, used);
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error;
    return invalid(error.message);
  }
  const { metadata, spec } = result;
  if (!isObject(metadata) || !isObject(spec)) return invalid("nothing is left of the pod");
  for (const name of ["name", "namespace"]) {
    if (get(metadata, name) !== get(pod["metadata"], name)) return invalid(`it changes metadata.${name}`);
  }
  if (!isContainers(spec["containers"]) || !isContainers(spec["initContainers"] ?? [])) {
    return invalid("what is left has no usable containers");
  }
  if (!isTexts(metadata["labels"]) || !isTexts(metadata["annotations"])) {
    return invalid("labels or annotations are no texts");
  }
  const isBounded = size * mostGrowth <= most && !used.some((operation) => get(operation, "op") === "copy");
  if (!isBounded && JSON.stringify(result).length > most)
    return invalid(`the pod would be larger than ${most >> 20} MiB`);
  return { kind: "pod", pod: result };
}

function isOfPod(pointer: string): boolean {
  return /^\/(metadata|spec)(\/|$)/.test(pointer);
}

function isEmptyStatus(operation: JsonValue): boolean {
  const value = get(operation, "value");
  return get(operation, "path") === "/status" && isObject(value) && Object.keys(value).length === 0;
}

function isContainers(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.every((one) => isObject(one) && typeof one["name"] === "string");
}

function isTexts(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  return isObject(value) && Object.values(value).every((one) => typeof one === "string");
}
