import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { policyAnnotation } from "../../../plan/mesh/write/metadata.ts";

/** Keys of labels and annotations that only the mesh writes: one that is there and not wanted is a difference. */
const ownKeys = new Set(["identity", "dns-prefix", policyAnnotation, "associated-routing-policy-name"]);

/** What `isWritten` leaves to the server and to others. */
const notCompared = new Set(["apiVersion", "kind", "metadata", "status"]);

/**
 * Whether an object in a cluster is as it should be: all of its content, and of its metadata what the mesh says.
 * Labels and annotations of others are theirs. A member that is null, or an empty map of labels, is one that is absent.
 */
export function isWritten(desired: KrmObject, observed: JsonObject): boolean {
  const parts = new Set([...Object.keys(desired), ...Object.keys(observed)].filter((key) => !notCompared.has(key)));
  for (const part of parts) if (!same(get(desired, part), get(observed, part))) return false;
  const metadata = get(observed, "metadata");
  return ["labels", "annotations"].every((part) => marksAgree(get(desired.metadata, part), get(metadata, part)));
}

/** The keys of a map of labels or annotations that are the mesh's and not wanted any more. */
export function unwanted(desired: JsonValue | undefined, observed: JsonValue | undefined): string[] {
  return Object.keys(isObject(observed) ? observed : {}).filter((key) => isOwn(key) && get(desired, key) === undefined);
}

function isOwn(key: string): boolean {
  return ownKeys.has(key) || key.startsWith("fairlead.dev/");
}

function marksAgree(desired: JsonValue | undefined, observed: JsonValue | undefined): boolean {
  const wanted = isObject(desired) ? Object.keys(desired) : [];
  return wanted.every((key) => get(desired, key) === get(observed, key)) && unwanted(desired, observed).length === 0;
}

/** Equal as JSON, whatever the order of members; one that is null is one that is absent. */
function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || a === null || b === undefined || b === null) return (a ?? null) === (b ?? null);
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, at) => same(item, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  for (const key of Object.keys(a)) if (!same(a[key], get(b, key))) return false;
  for (const key of Object.keys(b)) if (get(a, key) === undefined && b[key] !== null) return false;
  return true;
}
