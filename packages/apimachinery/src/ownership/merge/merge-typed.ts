import { isObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { Resolve, Schema } from "../../schema/schema.ts";
import { deduceAtom, fieldType, rootAtom, type Atom } from "../atom.ts";
import { mergeValues } from "./merge-values.ts";

export type MergeTypedOptions = { readonly schema: Schema | undefined; readonly resolve?: Resolve };

/**
 * `live` with what `applied` says laid over it, as structured-merge-diff's `Merge` and without ownership: maps go key
 * by key, associative lists item by item, nothing is removed.
 */
export function mergeTyped(live: JsonObject, applied: JsonObject, { schema, resolve }: MergeTypedOptions): JsonObject {
  return mergeValues(live, applied, rootAtom(schema, resolve)) as JsonObject;
}

const deepest = 500;

/** The atomic lists, maps and structs that a value says something in: `.spec.selector`, `.spec.x[0].y`. */
export function atomicPaths(applied: JsonObject, { schema, resolve }: MergeTypedOptions): string[] {
  const found: string[] = [];
  visit(applied, rootAtom(schema, resolve), "", found, 0);
  return found;
}

function visit(value: JsonValue, atom: Atom, path: string, found: string[], depth: number): void {
  const type = deduceAtom(atom, value);
  if (depth > deepest) return;
  if (isObject(value) && type.map !== undefined) {
    if (type.map.atomic) found.push(path);
    for (const key of Object.keys(value)) {
      if (!type.map.fields.has(key)) continue;
      visit(value[key]!, fieldType(type.map, key)!(), `${path}.${key}`, found, depth + 1);
    }
  } else if (Array.isArray(value) && type.list !== undefined) {
    if (type.list.atomic) found.push(path);
    for (const [index, item] of value.entries()) visit(item, type.list.item(), `${path}[${index}]`, found, depth + 1);
  }
}
