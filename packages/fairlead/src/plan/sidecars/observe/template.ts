import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Labels, PodTemplate } from "../model/facts.ts";
import { canonical, sha256 } from "./canonical.ts";
import { intern } from "./intern.ts";
import { at, labelsAt, withoutMarks } from "./read.ts";

/** A pod template as it is; undefined if there is none. Equal specs are one object. */
export function templateOf(value: JsonValue | undefined): PodTemplate | undefined {
  const spec = at(value, "spec");
  if (!isObject(spec)) return undefined;
  return podTemplate(labelsAt(value, ["metadata", "labels"]), labelsAt(value, ["metadata", "annotations"]), spec);
}

export function podTemplate(labels: Labels, annotations: Labels, spec: JsonObject): PodTemplate {
  const kept = intern(spec);
  const seen = [labels, withoutMarks(annotations), specHash(kept)] as unknown as JsonValue;
  return { labels, annotations, spec: kept, hash: sha256(canonical(seen)) };
}

const hashes = new WeakMap<JsonObject, string>();

function specHash(spec: JsonObject): string {
  let hash = hashes.get(spec);
  if (hash === undefined) hashes.set(spec, (hash = sha256(canonical(spec))));
  return hash;
}
