import { compareText, get, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Labels, Place } from "../model/facts.ts";

/** What is read of one object at most: a hostile cluster must not cost more than a large one. */
export const limits = {
  /** Labels, or annotations, of one object. */
  labels: 64,
  /** Characters of a value, or of a name. */
  text: 253,
  /** Characters of an annotation that settings name. */
  annotation: 1024,
  ports: 64,
  addresses: 64,
  endpoints: 256,
  destinations: 5000,
  hosts: 256,
  replicas: 128,
  /** JSON values in a `spec` that is kept as it is, and how deep they may lie. */
  values: 50_000,
  depth: 64,
} as const;

/** The paths of what was not read. */
export type Omitted = string[];

/** The text of a name: present, and not longer than names are. */
export function nameOf(value: unknown): string {
  return typeof value === "string" && value.length <= limits.text ? value : "";
}

export function objectAt(value: JsonValue | undefined, ...path: readonly string[]): JsonObject {
  let found = value;
  for (const key of path) found = get(found, key);
  return isObject(found) ? found : {};
}

/** A list, cut to a length; anything else is an empty one. */
export function listAt(object: JsonObject, key: string, most: number, path: string, omitted: Omitted): JsonValue[] {
  const value = get(object, key);
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    omitted.push(path);
    return [];
  }
  if (value.length > most) omitted.push(path);
  return value.length > most ? value.slice(0, most) : value;
}

/** The texts of a list, cut to a length. */
export function textsAt(object: JsonObject, key: string, most: number, path: string, omitted: Omitted): string[] {
  const texts: string[] = [];
  for (const item of listAt(object, key, most, path, omitted)) {
    const text = nameOf(item);
    if (text === "") omitted.push(path);
    else texts.push(text);
  }
  return texts;
}

/** A whole number in a range; undefined for anything else. */
export function wholeAt(object: JsonObject, key: string, least: number, most: number): number | undefined {
  const value = get(object, key);
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}

/**
 * Labels or annotations: texts that are not too long, the wanted keys first, and no more than there is room for.
 * `others` tells which values of other keys are kept.
 */
export function labelsOf(
  value: JsonValue | undefined,
  path: string,
  omitted: Omitted,
  wanted: readonly string[] = [],
  others: (text: string, key: string) => boolean = (text) => text.length <= limits.text,
): Labels {
  const labels: JsonObject = {};
  if (value === undefined || value === null) return labels as Labels;
  if (!isObject(value)) {
    omitted.push(path);
    return labels as Labels;
  }
  let room: number = limits.labels;
  for (const key of wanted) {
    const text = get(value, key);
    if (typeof text !== "string" || Object.hasOwn(labels, key)) continue;
    if (text.length > limits.annotation) omitted.push(path);
    else setOwn(labels, key, text);
  }
  const keys = Object.keys(value);
  if (keys.length > room) {
    omitted.push(path);
    keys.sort(compareText);
  }
  for (const key of keys) {
    if (room === 0) break;
    const text = value[key];
    if (typeof text !== "string" || key.length > 2 * limits.text || Object.hasOwn(labels, key) || !others(text, key))
      continue;
    setOwn(labels, key, text);
    room--;
  }
  return labels as Labels;
}

/** A value of small texts only, as names and switches are: a checksum or a script in an annotation is not kept. */
export function isWord(text: string): boolean {
  return text.length <= 128 && /^[\w./:-]*$/.test(text);
}

/** A member of labels, own and not empty. */
export function labelAt(labels: Labels, key: string): string | undefined {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  return value === "" ? undefined : value;
}

/** `spec` as it is, unless it is larger or deeper than anybody writes. */
export function boundedSpec(object: JsonObject, omitted: Omitted): JsonObject {
  const spec = get(object, "spec");
  if (spec === undefined || spec === null) return {};
  if (isObject(spec) && isBounded(spec)) return spec;
  omitted.push("spec");
  return {};
}

/** Whether a value has no more values, and is no deeper, than the limits allow. Walks without recursion. */
export function isBounded(value: JsonValue): boolean {
  let left: number = limits.values;
  let level: JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.depth) return false;
    const next: JsonValue[] = [];
    for (const one of level) {
      if (--left < 0) return false;
      if (typeof one !== "object" || one === null || JSON.isRawJSON(one)) continue;
      const members = Array.isArray(one) ? one : Object.values(one);
      if (members.length > left) return false;
      for (const member of members) next.push(member);
    }
    level = next;
  }
  return true;
}

/** Where an object is; undefined for one without a name. */
export function placeOf(object: JsonObject, cluster: string): Place | undefined {
  const metadata = objectAt(object, "metadata");
  const name = nameOf(metadata["name"]);
  const namespace = metadata["namespace"] ?? "";
  if (name === "" || typeof namespace !== "string" || namespace.length > limits.text) return undefined;
  return { cluster, namespace, name };
}

/** The fields that all facts have. `omitted` is looked at when everything has been read: see `finish`. */
export function observed(
  place: Place,
  object: JsonObject,
  ignored: boolean,
): Place & { createdAt: string; ignored: boolean } {
  return { ...place, createdAt: nameOf(objectAt(object, "metadata")["creationTimestamp"]), ignored };
}

/** A fact with what was not read, each path once. */
export function finish<F extends object>(fact: F, omitted: Omitted): F {
  return omitted.length === 0 ? fact : { ...fact, omitted: [...new Set(omitted)].sort(compareText) };
}
