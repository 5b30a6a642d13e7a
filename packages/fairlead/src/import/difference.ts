import { equal, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** How a list with changed items is written in a patch: merged by names, or replaced as a whole. */
export type ListStyle = "merge" | "replace";

/**
 * A strategic-merge patch that turns `from` into `to`, or undefined if they are equal. Lists whose items have the same
 * names in the same order are merged by name; other lists are replaced.
 */
export function patchBetween(from: JsonObject, to: JsonObject, lists: ListStyle): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const key of Object.keys(to)) {
    const before = get(from, key);
    const after = to[key]!;
    if (before === undefined) patch[key] = after;
    else if (!equal(before, after)) patch[key] = changed(before, after, lists);
  }
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function changed(before: JsonValue, after: JsonValue, lists: ListStyle): JsonValue {
  if (isObject(before) && isObject(after)) {
    const inner = patchBetween(before, after, lists)!;
    return inner;
  }
  if (!Array.isArray(before) || !Array.isArray(after)) return after;
  const names = after.map((item) => get(item, "name"));
  const mergeable =
    before.length === after.length &&
    names.every((name, index) => typeof name === "string" && get(before[index], "name") === name) &&
    new Set(names).size === names.length;
  if (lists === "merge" && mergeable) {
    return after.flatMap((item, index) => {
      const inner = patchBetween(before[index] as JsonObject, item as JsonObject, lists);
      return inner === undefined ? [] : [{ name: names[index]!, ...inner }];
    });
  }
  return lists === "replace" && after.some(isObject) ? [{ $patch: "replace" }, ...after] : after;
}

/** How many values a patch sets or deletes. */
export function leaves(value: JsonValue): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + leaves(item), 0);
  if (isObject(value)) return Object.values(value).reduce<number>((sum, item) => sum + leaves(item), 0);
  return 1;
}

/** The paths at which two values differ, for people; at most `most`. */
export function differingPaths(a: JsonValue | undefined, b: JsonValue | undefined, most = 5): string[] {
  const paths: string[] = [];
  walk(a, b, "", paths, most);
  return paths;
}

function walk(a: JsonValue | undefined, b: JsonValue | undefined, path: string, into: string[], most: number): void {
  if (into.length >= most || equal(a, b)) return;
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      walk(get(a, key), get(b, key), path === "" ? key : `${path}.${key}`, into, most);
    }
  } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    a.forEach((item, index) => walk(item, b[index], `${path}[${index}]`, into, most));
  } else into.push(path === "" ? "the object itself" : path);
}
