import { equal, isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Edit } from "./edit.ts";

/**
 * Edits that turn one value into another and touch as little as possible: map by map and item by item, so that
 * comments beside what stays the same survive. Applied in order with `editDocument`.
 */
export function editsBetween(before: JsonValue, after: JsonValue): Edit[] {
  const edits: Edit[] = [];
  compare(before, after, [], edits);
  return edits;
}

function compare(before: JsonValue, after: JsonValue, path: FieldPath, edits: Edit[]): void {
  if (equal(before, after)) return;
  if (isObject(before) && isObject(after)) compareMaps(before, after, path, edits);
  else if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, edits);
  else edits.push({ op: "set", path, value: after });
}

function compareMaps(before: JsonObject, after: JsonObject, path: FieldPath, edits: Edit[]): void {
  for (const key of Object.keys(after)) {
    const value = after[key]!;
    if (Object.hasOwn(before, key)) compare(before[key]!, value, [...path, key], edits);
    else edits.push({ op: "set", path: [...path, key], value });
  }
  // Keys go after others have come, so that a map is not emptied in between.
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) edits.push({ op: "delete", path: [...path, key] });
  }
}

function compareLists(before: readonly JsonValue[], after: readonly JsonValue[], path: FieldPath, edits: Edit[]): void {
  const identity = identityOf(before, after);
  let start = 0;
  while (start < before.length && start < after.length && identity(before[start]!) === identity(after[start]!)) {
    compare(before[start]!, after[start]!, [...path, start], edits);
    start++;
  }
  let kept = 0;
  while (
    kept < before.length - start &&
    kept < after.length - start &&
    identity(before.at(-1 - kept)!) === identity(after.at(-1 - kept)!)
  )
    kept++;
  // What stands between the common beginning and end is replaced item by item; the rest is added or removed.
  const oldCount = before.length - start - kept;
  const newCount = after.length - start - kept;
  for (let i = 0; i < Math.min(oldCount, newCount); i++) {
    const at = start + i;
    if (identity === position) compare(before[at]!, after[at]!, [...path, at], edits);
    else edits.push({ op: "set", path: [...path, at], value: after[at]! });
  }
  for (let i = oldCount; i < newCount; i++)
    edits.push({ op: "insert", path: [...path, start + i], value: after[start + i]! });
  for (let i = oldCount - 1; i >= newCount; i--) edits.push({ op: "delete", path: [...path, start + i] });
  for (let i = 0; i < kept; i++) {
    const to = after.length - kept + i;
    compare(before[before.length - kept + i]!, after[to]!, [...path, to], edits);
  }
}

/** Lists without names: an item is what stands at its place. */
function position(): string {
  return "";
}

const identityKeys = ["name", "key", "mountPath", "ip", "containerPort", "port", "topologyKey", "uid"];

/** By what the items of both lists are told apart: a field that all of them have with different values, or themselves. */
function identityOf(before: readonly JsonValue[], after: readonly JsonValue[]): (item: JsonValue) => string {
  const all = [...before, ...after];
  if (all.every((item) => !isObject(item) && !Array.isArray(item))) return (item) => JSON.stringify(item);
  const key = identityKeys.find((name) => isIdentity(before, name) && isIdentity(after, name));
  if (key === undefined) return before.length === after.length ? position : (item) => JSON.stringify(item);
  return (item) => JSON.stringify((item as JsonObject)[key]);
}

function isIdentity(list: readonly JsonValue[], name: string): boolean {
  const values = new Set<JsonValue>();
  for (const item of list) {
    const value = isObject(item) && Object.hasOwn(item, name) ? item[name]! : null;
    if (typeof value !== "string" && typeof value !== "number") return false;
    values.add(value);
  }
  return values.size === list.length;
}
