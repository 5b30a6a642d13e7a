import { get, isObject, textOf, type JsonArray, type JsonObject } from "@fairlead/apimachinery";
import { badRequest } from "../../errors.ts";

export function metadataOf(object: JsonObject | undefined): JsonObject {
  const metadata = get(object, "metadata");
  return isObject(metadata) ? metadata : {};
}

export function nameOf(object: JsonObject): string {
  return textOf(metadataOf(object)["name"]);
}

export function namespaceOf(object: JsonObject): string {
  return textOf(metadataOf(object)["namespace"]);
}

export function uidOf(object: JsonObject | undefined): string {
  return textOf(metadataOf(object)["uid"]);
}

export function finalizersOf(object: JsonObject): readonly string[] {
  const { finalizers } = metadataOf(object);
  return Array.isArray(finalizers) ? finalizers.map(textOf) : [];
}

/** The object with other metadata; fields that are undefined are taken out. */
export function withMetadata(
  object: JsonObject,
  changes: Readonly<Record<string, JsonObject[string] | undefined>>,
): JsonObject {
  const metadata: JsonObject = { ...metadataOf(object) };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete metadata[key];
    else metadata[key] = value;
  }
  return { ...object, metadata };
}

/** As `metav1.Time` is written. */
export function timeText(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** A version 4 UUID of the cluster's randomness: the same seed gives the same. */
export function newUid(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  digits[12] = "4";
  digits[16] = (8 + Math.floor(random() * 4)).toString(16);
  const text = digits.join("");
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}

const suffixLetters = "bcdfghjklmnpqrstvwxz2456789";
const longestGenerated = 63 - 5;

/** As the server makes a name of `generateName`: five letters that spell no words. */
export function generatedName(base: string, random: () => number): string {
  const suffix = Array.from({ length: 5 }, () => suffixLetters[Math.floor(random() * suffixLetters.length)]!);
  return `${base.slice(0, longestGenerated)}${suffix.join("")}`;
}

/** The object in the namespace of the request; throws where it says another. */
export function inNamespace(object: JsonObject, namespace: string): JsonObject {
  const own = namespaceOf(object);
  if (own === namespace) return object;
  if (own !== "" && namespace !== "") {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return withMetadata(object, { namespace: namespace === "" ? undefined : namespace });
}

/** What only the server sets, taken out of what a client sends to be created. */
export function withoutSystemFields(object: JsonObject): JsonObject {
  return withMetadata(object, {
    uid: undefined,
    creationTimestamp: undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    selfLink: undefined,
    resourceVersion: undefined,
    generation: undefined,
  });
}

/** Owner references without those that are there twice. */
export function withoutRepeatedOwners(
  object: JsonObject,
  warn: (text: string) => void,
  afterAdmission: boolean,
): JsonObject {
  const { ownerReferences } = metadataOf(object);
  if (!Array.isArray(ownerReferences) || ownerReferences.length < 2) return object;
  const seen = new Set<string>();
  const repeated = new Set<string>();
  const kept: JsonArray = [];
  for (const one of ownerReferences) {
    const text = JSON.stringify(one);
    if (seen.has(text)) repeated.add(textOf(get(one, "uid")));
    else kept.push(one);
    seen.add(text);
  }
  if (repeated.size === 0) return object;
  const when = afterAdmission ? " after mutating admission happens" : "";
  warn(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${[...repeated].join(", ")}`,
  );
  return withMetadata(object, { ownerReferences: kept });
}
