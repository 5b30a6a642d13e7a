import { defaultObject, definition, diff, schemaForKind, type Change } from "@fairlead/apimachinery";
import { refKey, refOf, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { ownerAnnotation } from "../plan/names.ts";
import { istioLists } from "./istio-lists.ts";

/** What happened to one object between two sets. */
export type ObjectDiff =
  | { readonly kind: "added" | "removed"; readonly ref: ObjectRef; readonly object: KrmObject }
  | { readonly kind: "changed"; readonly ref: ObjectRef; readonly changes: readonly Change[] };

export interface CompareOptions {
  /** Whether the annotation that names an object's owner counts as a difference. */
  readonly ownership?: boolean;
}

/**
 * Compares two sets of objects as the API server would see them: after its defaulting, lists by their keys. The order
 * of objects, keys and keyed lists is no difference. Removed, changed and added objects come in the order of `after`.
 */
export function compareObjects(
  before: readonly KrmObject[],
  after: readonly KrmObject[],
  options: CompareOptions = {},
): ObjectDiff[] {
  const old = new Map(before.map((object) => [refKey(refOf(object)), object]));
  const results: ObjectDiff[] = [];
  for (const object of after) {
    const key = refKey(refOf(object));
    const previous = old.get(key);
    old.delete(key);
    const ref = refOf(object);
    if (previous === undefined) {
      results.push({ kind: "added", ref, object });
      continue;
    }
    const changes = compareObject(previous, object, options);
    if (changes.length > 0) results.push({ kind: "changed", ref, changes });
  }
  const removed = [...old.values()].map((object): ObjectDiff => ({ kind: "removed", ref: refOf(object), object }));
  return [...removed, ...results];
}

/** The fields that differ between two versions of one object. */
export function compareObject(before: KrmObject, after: KrmObject, options: CompareOptions = {}): readonly Change[] {
  const schema = schemaForKind(after.apiVersion, after.kind) ?? istioLists(after.apiVersion, after.kind);
  return diff(normal(before, options), normal(after, options), schema, { resolve: definition });
}

function normal(object: KrmObject, options: CompareOptions): KrmObject {
  const defaulted = defaultObject(object) as KrmObject;
  const annotations = defaulted.metadata?.annotations;
  if (options.ownership === true || annotations?.[ownerAnnotation] === undefined) return defaulted;
  const { [ownerAnnotation]: _owner, ...rest } = annotations;
  const { annotations: _annotations, ...metadata } = defaulted.metadata;
  return { ...defaulted, metadata: Object.keys(rest).length === 0 ? metadata : { ...metadata, annotations: rest } };
}
