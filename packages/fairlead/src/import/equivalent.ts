import { canonicalJson, defaultObject, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { clean } from "./clean.ts";

/**
 * An object as the API server keeps it: without what it writes itself, nulls and empty fields dropped, defaults
 * filled in. Two manifests with the same normal form are the same object.
 */
export function normalForm(object: KrmObject): JsonObject {
  const { object: wanted } = clean(object);
  return defaultObject(withoutAliases(wanted));
}

/** The normal form as text, the same for equal objects. */
export function normalText(object: KrmObject): string {
  return canonicalJson(normalForm(object));
}

/** `serviceAccount` of a pod is the old name of `serviceAccountName`; the API server keeps both equal. */
function withoutAliases(object: JsonObject): JsonObject {
  const pod = podOf(object);
  if (pod === undefined || pod.value["serviceAccount"] === undefined) return object;
  const { serviceAccount, ...rest } = pod.value;
  return pod.replace({
    ...rest,
    ...(rest["serviceAccountName"] === undefined && { serviceAccountName: serviceAccount! }),
  });
}

/** The pod's spec inside a workload, and the workload with another one in its place. */
function podOf(object: JsonObject): { value: JsonObject; replace: (pod: JsonObject) => JsonObject } | undefined {
  const path =
    object["kind"] === "CronJob" ? ["spec", "jobTemplate", "spec", "template", "spec"] : ["spec", "template", "spec"];
  let value: JsonValue | undefined = object;
  for (const step of path) value = get(value, step);
  if (!isObject(value)) return undefined;
  return { value, replace: (pod) => replaceAt(object, path, pod) };
}

function replaceAt(object: JsonObject, path: readonly string[], value: JsonObject): JsonObject {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const child = object[first];
  return { ...object, [first]: replaceAt(isObject(child) ? child : {}, rest, value) };
}
