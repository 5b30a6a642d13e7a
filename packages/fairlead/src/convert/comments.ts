import { valueAt, type FieldPath, type JsonValue } from "@fairlead/apimachinery";
import type { YamlComment } from "@fairlead/krm";
import type { FieldMap } from "../dialects/dialects.ts";

/**
 * Where comments stand in the converted object: at the field that theirs became, or before the first one that came out
 * of it. Those whose field has gone altogether come back in `displaced`.
 */
export function modernComments(
  comments: readonly YamlComment[],
  fields: FieldMap,
  value: JsonValue,
): { readonly comments: readonly YamlComment[]; readonly displaced: readonly YamlComment[] } {
  const placed: YamlComment[] = [];
  const displaced: YamlComment[] = [];
  for (const comment of comments) {
    const path = modernPath(comment.path, fields, value);
    if (path !== undefined) {
      placed.push({ ...comment, path });
      continue;
    }
    const inside = fields.find(
      ([from, to]) => from.length > comment.path.length && startsWith(from, comment.path) && exists(value, to),
    );
    if (inside === undefined) displaced.push(comment);
    else placed.push({ ...comment, path: inside[1], place: "before" });
  }
  return { comments: placed, displaced };
}

function modernPath(path: FieldPath, fields: FieldMap, value: JsonValue): FieldPath | undefined {
  let best: FieldMap[number] | undefined;
  for (const row of fields) {
    if (!startsWith(path, row[0]) || (best !== undefined && best[0].length >= row[0].length)) continue;
    // A mapping that became the only item of a list: what is said of the field is still said of the field.
    if (path.length === row[0].length && startsWith(row[1], path) && exists(value, path)) return path;
    if (exists(value, [...row[1], ...path.slice(row[0].length)])) best = row;
  }
  if (best !== undefined) return [...best[1], ...path.slice(best[0].length)];
  return exists(value, path) ? path : undefined;
}

function exists(value: JsonValue, path: FieldPath): boolean {
  return valueAt(value, path) !== undefined;
}

function startsWith(path: FieldPath, prefix: FieldPath): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => step === path[index]);
}
