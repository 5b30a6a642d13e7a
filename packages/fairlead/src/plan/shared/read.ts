import { isObject, setOwn } from "@fairlead/apimachinery";

/*
 * Planners never throw, whatever JSON they are given: the compiler checks specs first, but a wrong spec is planned all
 * the same so that every finding shows at once. These readers give the typed value or nothing. They cost no copy where
 * the value is right.
 */

/** The objects of a list; anything else than a list is empty. */
export function items<T extends object>(list: readonly T[] | null | undefined): readonly T[] {
  if (!Array.isArray(list)) return [];
  const all: readonly T[] = list;
  return all.every((item) => isObject(item)) ? all : all.filter((item) => isObject(item));
}

/** The strings of a list; anything else than a list is empty. */
export function texts(list: readonly string[] | null | undefined): readonly string[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly unknown[]).filter((item): item is string => typeof item === "string");
}

/** A string that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function integer(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

/** A number or a string as the string that foreign objects want: `10` and `"10"` are the same. */
export function scalar(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return text(value);
}

export function object<T extends object>(value: T | null | undefined): T | undefined {
  return isObject(value) ? value : undefined;
}

/** A map from string to string without the entries that are none, `__proto__` included as an ordinary key. */
export function stringMap(value: unknown): { [key: string]: string } {
  const result: { [key: string]: string } = {};
  if (!isObject(value)) return result;
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (typeof item === "string") setOwn(result, key, item);
  }
  return result;
}

/** A value of the input inside a message: text as it is, anything else as JSON, cut where it gets long. */
export function shown(value: unknown): string {
  const written = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return written.length > 80 ? `${written.slice(0, 79)}…` : written;
}
