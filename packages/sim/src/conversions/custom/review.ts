import { get, isObject, setOwn, textOf, type JsonArray, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { annotationProblems, labelProblems } from "../../label-problems.ts";

export type Converted =
  | { readonly kind: "converted"; readonly object: JsonObject }
  /** In the server's words, without the name of the kind: `failed: …`, `returned invalid object: …`. */
  | { readonly kind: "failed"; readonly message: string };

const known = ["v1", "v1beta1"] as const;
export type ReviewVersion = (typeof known)[number];

/** The first of the versions that the server speaks. */
export function reviewVersionOf(versions: readonly string[]): ReviewVersion | undefined {
  for (const one of versions) if (one === "v1" || one === "v1beta1") return one;
  return undefined;
}

/** A `ConversionReview` (apiextensions.k8s.io) that asks for one object in another version. */
export function conversionReview(
  object: JsonObject,
  desiredAPIVersion: string,
  uid: string,
  version: ReviewVersion,
): JsonObject {
  return {
    kind: "ConversionReview",
    apiVersion: `apiextensions.k8s.io/${version}`,
    request: { uid, desiredAPIVersion, objects: [object] },
  };
}

/** What an answered review comes to, as kube-apiserver reads it; `version` is that of the one that was sent. */
export function readConversion(
  review: JsonObject,
  original: JsonObject,
  desired: string,
  uid: string,
  version: ReviewVersion,
): Converted {
  const failed = (message: string): Converted => ({ kind: "failed", message });
  const list = convertedList(review, uid, version);
  if (typeof list === "string") return failed(`failed: ${list}`);
  if (list.length !== 1) return failed(`returned ${list.length} objects, expected 1`);
  const [object] = list;
  if (!isObject(object)) return failed("returned invalid object at index 0: it is no object");
  const got = textOf(object["apiVersion"]);
  if (got !== desired) {
    const why = `invalid groupVersion (expected ${desired}, received ${got})`;
    return failed(`returned invalid object at index 0: ${why}`);
  }
  const kinds = [textOf(original["kind"]), textOf(object["kind"])] as const;
  if (kinds[0] !== kinds[1]) {
    return failed(`returned invalid object at index 0: invalid kind (expected ${kinds[0]}, received ${kinds[1]})`);
  }
  const changed = changedIdentity(original, object);
  if (changed !== undefined) return failed(`returned invalid object: ${changed}`);
  const metadata = restoredMetadata(original, object);
  if (typeof metadata === "string") return failed(`returned invalid metadata: ${metadata}`);
  return { kind: "converted", object: { ...object, metadata } };
}

function convertedList(review: JsonObject, uid: string, version: ReviewVersion): JsonArray | string {
  const { response } = review;
  if (version === "v1") {
    const [apiVersion, kind] = [textOf(review["apiVersion"]), textOf(review["kind"])];
    if (!apiVersion.startsWith("apiextensions.k8s.io/v1") || kind !== "ConversionReview") {
      return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
    }
    if (apiVersion !== "apiextensions.k8s.io/v1") {
      return `expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got ${apiVersion}, Kind=${kind}`;
    }
  }
  if (!isObject(response)) return "no response provided";
  const given = textOf(response["uid"]);
  if (version === "v1" && given !== uid) {
    return `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(given)}`;
  }
  const status = textOf(get(response["result"], "status"));
  if (status !== "Success") {
    return textOf(get(response["result"], "message")) || `response.result.status was '${status}', not 'Success'`;
  }
  const list = response["convertedObjects"];
  return Array.isArray(list) ? list : [];
}

function changedIdentity(original: JsonObject, object: JsonObject): string | undefined {
  const names = { name: "name", namespace: "namespace", uid: "UID" };
  for (const [field, shown] of Object.entries(names)) {
    const before = textOf(get(original["metadata"], field));
    const now = textOf(get(object["metadata"], field));
    if (before !== now) return `must have the same ${shown}: ${before} != ${now}`;
  }
  return undefined;
}

/** The metadata of the original, with labels and annotations of what was converted; a text says what is wrong. */
function restoredMetadata(original: JsonObject, object: JsonObject): JsonObject | string {
  const given = object["metadata"];
  if (given === undefined) return "missing metadata in converted object";
  if (!isObject(given)) return `invalid metadata of type ${goType(given)} in converted object`;
  const metadata: JsonObject = isObject(original["metadata"]) ? { ...original["metadata"] } : {};
  for (const field of ["labels", "annotations"] as const) {
    const value = given[field];
    if (value === undefined || value === null) {
      delete metadata[field];
      continue;
    }
    if (!isObject(value)) return `invalid metadata.${field} of type ${goType(value)} in converted object`;
    const before = isObject(metadata[field]) ? metadata[field] : {};
    let isChanged = Object.keys(before).length !== Object.keys(value).length;
    const texts: Record<string, string> = {};
    for (const [key, one] of Object.entries(value)) {
      if (typeof one !== "string") {
        return `metadata.${field}[${key}] must be a string, but is ${goType(one)} in converted object`;
      }
      if (get(before, key) !== one) isChanged = true;
      setOwn(texts, key, one);
    }
    if (isChanged) {
      const problems =
        field === "labels" ? labelProblems("metadata.labels", texts) : annotationProblems(annotationsAt, texts);
      const list = problems.map((one) => `${one.field}: ${one.message}`);
      if (list.length > 0) return list.length === 1 ? list[0]! : `[${list.join(", ")}]`;
    }
    metadata[field] = value;
  }
  return metadata;
}

/** The server calls the field so. */
const annotationsAt = "metadata.annotation";

function goType(value: JsonValue): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}
