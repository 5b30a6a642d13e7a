import { get, isObject, type JsonValue } from "@fairlead/apimachinery";

/** What a message shows in place of a value. */
const hidden = "***";

/** Shorter values are hidden only where they stand alone: every word holds an `a`. */
const shortest = 4;

/**
 * Hides the data of a Secret in what the server says about it: decoding errors quote what they could not decode. Without
 * a Secret among the body it returns every text unchanged.
 */
export function maskOf(body: JsonValue | undefined): (text: string) => string {
  const values = new Set<string>();
  collectSecrets(body, values);
  if (values.size === 0) return (text) => text;
  const ordered = [...values].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((masked, value) => hide(masked, value), text);
}

function hide(text: string, value: string): string {
  if (value.length >= shortest) return text.replaceAll(value, hidden);
  const pattern = value.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  return text.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`, "gu"), hidden);
}

function collectSecrets(body: JsonValue | undefined, into: Set<string>): void {
  if (Array.isArray(body)) {
    // A JSON patch.
    for (const operation of body) collect(get(operation, "value"), into);
    return;
  }
  for (const field of ["data", "stringData"]) {
    const data = get(body, field);
    if (isObject(data)) for (const key of Object.keys(data)) collect(data[key], into);
    else collect(data, into);
  }
}

function collect(value: JsonValue | undefined, into: Set<string>): void {
  if (Array.isArray(value)) {
    for (const one of value) collect(one, into);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) collect(value[key], into);
  } else if (value !== undefined && value !== null && value !== "") {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    into.add(text);
    // The server quotes it as JSON, as Go, or decoded.
    into.add(JSON.stringify(text).slice(1, -1));
    const decoded = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, "base64").toString("utf8") : "";
    if (decoded !== "") into.add(decoded);
  }
}
