import { isObject, type JsonValue } from "@fairlead/apimachinery";

/** As Go's `%v` prints what was read from JSON: `map[a:1 b:[x y]]`. */
export function goText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isObject(value)) return String(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goText(value[key])}`);
  return `map[${fields.join(" ")}]`;
}
