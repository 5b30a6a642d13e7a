import { equal, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** A JSON patch (RFC 6902) that makes `after` of `before`: in the order of keys, lists by their places. */
export function jsonDiff(before: JsonValue, after: JsonValue): JsonObject[] {
  const patch: JsonObject[] = [];
  compare(before, after, "", patch);
  return patch;
}

function compare(before: JsonValue, after: JsonValue, path: string, patch: JsonObject[]): void {
  if (Array.isArray(before) && Array.isArray(after)) {
    const shared = Math.min(before.length, after.length);
    for (let index = 0; index < shared; index++) compare(before[index]!, after[index]!, `${path}/${index}`, patch);
    for (let index = before.length - 1; index >= after.length; index--)
      patch.push({ op: "remove", path: `${path}/${index}` });
    for (let index = shared; index < after.length; index++)
      patch.push({ op: "add", path: `${path}/${index}`, value: after[index]! });
    return;
  }
  if (isObject(before) && isObject(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
      const to = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (!Object.hasOwn(after, key)) patch.push({ op: "remove", path: to });
      else if (!Object.hasOwn(before, key)) patch.push({ op: "add", path: to, value: after[key]! });
      else compare(before[key]!, after[key]!, to, patch);
    }
    return;
  }
  if (!equal(before, after)) patch.push({ op: "replace", path, value: after });
}
