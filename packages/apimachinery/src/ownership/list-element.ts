import { isObject, setOwn, type JsonObject, type JsonValue } from "../json.ts";
import { keyDefault, type ListAtom } from "./atom.ts";
import { keyElement, valueElement, type PathElement } from "./path-element.ts";

/**
 * What identifies an item of an associative list: its keys, with the schema's default for one that is left out, or its
 * value. Undefined for an item without identity, which the API server refuses.
 */
export function listElement(item: JsonValue, list: ListAtom): PathElement | undefined {
  if (list.keys.length === 0) {
    return item === null || (typeof item === "object" && !JSON.isRawJSON(item)) ? undefined : valueElement(item);
  }
  if (!isObject(item)) return undefined;
  const key: JsonObject = {};
  let found = 0;
  for (const name of list.keys) {
    const value = Object.hasOwn(item, name) ? item[name] : keyDefault(list, name);
    if (value === undefined) continue;
    setOwn(key, name, value);
    found++;
  }
  return found === 0 ? undefined : keyElement(key);
}
