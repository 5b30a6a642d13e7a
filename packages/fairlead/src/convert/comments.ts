import { valueAt, type FieldPath, type JsonValue } from "@fairlead/apimachinery";
import type { YamlComment } from "@fairlead/krm";
import { indexFields, type FieldMap } from "../dialects/dialect.ts";

/**
 * Where comments stand in the converted object: at the field that theirs became, or before the first one that came out
 * of it. Those whose field has gone altogether come back in `displaced`.
 */
export function modernComments(
  comments: readonly YamlComment[],
  fields: FieldMap,
  value: JsonValue,
): { readonly comments: readonly YamlComment[]; readonly displaced: readonly YamlComment[] } {
  const surviving = fields.filter(([, to]) => exists(value, to));
  const index = indexFields(surviving);
  const inside = firstInside(surviving);
  const placed: YamlComment[] = [];
  const displaced: YamlComment[] = [];
  for (const comment of comments) {
    const path = modernPath(comment.path, index, value);
    const first = inside.get(JSON.stringify(comment.path));
    if (path !== undefined) placed.push({ ...comment, path });
    else if (first !== undefined) placed.push({ ...comment, path: first, place: "before" });
    else displaced.push(comment);
  }
  return { comments: placed, displaced };
}

function modernPath(path: FieldPath, index: ReadonlyMap<string, FieldPath>, value: JsonValue): FieldPath | undefined {
  for (let length = path.length; length >= 0; length--) {
    const to = index.get(JSON.stringify(path.slice(0, length)));
    if (to === undefined) continue;
    // A mapping that became the only item of a list: what is said of the field is still said of the field.
    if (length === path.length && startsWith(to, path) && exists(value, path)) return path;
    const modern = [...to, ...path.slice(length)];
    if (exists(value, modern)) return modern;
  }
  return exists(value, path) ? path : undefined;
}

/** For each field that holds others: where the first of them is now. */
function firstInside(fields: FieldMap): ReadonlyMap<string, FieldPath> {
  const inside = new Map<string, FieldPath>();
  for (const [from, to] of fields) {
    for (let length = 0; length < from.length; length++) {
      const holder = JSON.stringify(from.slice(0, length));
      if (!inside.has(holder)) inside.set(holder, to);
    }
  }
  return inside;
}

function exists(value: JsonValue, path: FieldPath): boolean {
  return valueAt(value, path) !== undefined;
}

function startsWith(path: FieldPath, prefix: FieldPath): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => step === path[index]);
}
