import { isObject, type JsonValue } from "../json.ts";
import { compareUtf8 } from "./compare-utf8.ts";

const short: { readonly [character: string]: string } = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function escape(character: string): string {
  const unit = character.charCodeAt(0);
  // Go reads a lone half of a pair as the replacement character.
  if (unit >= 0xd800 && unit <= 0xdfff) return "\\ufffd";
  return short[character] ?? `\\u${unit.toString(16).padStart(4, "0")}`;
}

// oxlint-disable-next-line no-control-regex
const plain = /["\\\u0000-\u001f\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const html =
  // oxlint-disable-next-line no-control-regex
  /["\\<>&\u0000-\u001f\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Most names and keys. */
const harmless = /^[\w./: -]*$/;

/** A text as Go's JSON encoder writes it; with `<`, `>` and `&` escaped unless told. */
export function goString(text: string, escapeHtml = true): string {
  if (harmless.test(text)) return `"${text}"`;
  return `"${text.replace(escapeHtml ? html : plain, escape)}"`;
}

const deepest = 500;

/**
 * A value as Go's JSON encoder writes it: the keys of maps in order, `<`, `>` and `&` escaped. What lies too deep to be
 * a key of anything is written as null.
 */
export function goJson(value: JsonValue, depth = 0): string {
  if (typeof value === "string") return goString(value);
  if (depth > deepest) return "null";
  if (Array.isArray(value)) return `[${value.map((item) => goJson(item, depth + 1)).join(",")}]`;
  if (isObject(value)) {
    const keys = Object.keys(value).sort(compareUtf8);
    return `{${keys.map((key) => `${goString(key)}:${goJson(value[key]!, depth + 1)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
