import { isObject, get, type JsonValue } from "@fairlead/apimachinery";

/** A name that Kubernetes accepts, made of any text: lower case, dashes for what is not a letter or digit. */
export function slug(text: string): string {
  return text
    .slice(0, 200)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
}

/** The name in a list's first item, which is a name itself or has one below `key`. */
export function firstName(list: JsonValue | undefined, ...keys: readonly string[]): string | undefined {
  const first = Array.isArray(list) ? list[0] : undefined;
  if (typeof first === "string") return first;
  if (!isObject(first)) return undefined;
  for (const key of keys) {
    const name = get(first, key);
    if (typeof name === "string") return name;
  }
  return undefined;
}
