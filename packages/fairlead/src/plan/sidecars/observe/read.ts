import { compareText, get, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { ControllerRef, Labels, Place } from "../model/facts.ts";
import { intern } from "./intern.ts";
import { isMark } from "./keys.ts";

/** The value at a path of own keys, undefined where the path ends early. */
export function at(object: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let value = object;
  for (const key of path) value = get(value, key);
  return value;
}

export function textAt(object: JsonValue | undefined, ...path: readonly string[]): string {
  const value = at(object, ...path);
  return typeof value === "string" ? value : "";
}

export function objectAt(object: JsonValue | undefined, ...path: readonly string[]): JsonObject {
  const value = at(object, ...path);
  return isObject(value) ? value : {};
}

/** The objects of a list at a path; none where there is no list. */
export function itemsAt(object: JsonValue | undefined, ...path: readonly string[]): JsonObject[] {
  const value = at(object, ...path);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A whole number that is not negative; what stands for anything else. */
export function countAt(object: JsonValue | undefined, path: readonly string[], otherwise: number): number {
  const value = at(object, ...path);
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}

/** Labels, or annotations, sorted by key. What is no text is left out; equal ones are one. */
export function labelsAt(
  object: JsonValue | undefined,
  path: readonly string[],
  keep: (key: string) => boolean = () => true,
): Labels {
  const value = at(object, ...path);
  const labels: JsonObject = {};
  if (isObject(value)) {
    for (const key of Object.keys(value).sort(compareText)) {
      const text = value[key];
      if (typeof text === "string" && keep(key)) setOwn(labels, key, text);
    }
  }
  return intern(labels) as Labels;
}

export function withoutMarks(labels: Labels): Labels {
  const keys = Object.keys(labels);
  if (!keys.some(isMark)) return labels;
  const kept: JsonObject = {};
  for (const key of keys) if (!isMark(key)) setOwn(kept, key, labels[key]!);
  return intern(kept) as Labels;
}

export function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Where an object is; undefined for one without a name. */
export function placeOf(object: JsonObject, cluster: string): Place | undefined {
  const name = textAt(object, "metadata", "name");
  return name === "" ? undefined : { cluster, namespace: textAt(object, "metadata", "namespace"), name };
}

export interface Observed extends Place {
  readonly uid: string;
  readonly createdAt: string;
}

export function observedOf(object: JsonObject, cluster: string): Observed | undefined {
  const place = placeOf(object, cluster);
  if (place === undefined) return undefined;
  const metadata = object["metadata"];
  return { ...place, uid: textAt(metadata, "uid"), createdAt: textAt(metadata, "creationTimestamp") };
}

/** The first owner reference with `controller: true`. */
export function controllerOf(object: JsonObject): ControllerRef | undefined {
  for (const reference of itemsAt(object, "metadata", "ownerReferences")) {
    if (reference["controller"] !== true) continue;
    const { apiVersion, kind, name, uid } = reference;
    const texts = [apiVersion, kind, name, uid].map((one) => (typeof one === "string" ? one : ""));
    return intern({
      apiVersion: texts[0]!,
      kind: texts[1]!,
      name: texts[2]!,
      uid: texts[3]!,
    }) as unknown as ControllerRef;
  }
  return undefined;
}

/** The group of an apiVersion; empty for `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** `Deployment.apps`; of the core group the kind alone. */
export function kindWithGroup(apiVersion: string, kind: string): string {
  const group = groupOf(apiVersion);
  return group === "" ? kind : `${kind}.${group}`;
}
