import type { JsonValue } from "@fairlead/apimachinery";

/**
 * Where a number begins that a double may not hold: 16 digits in a row, or an exponent of three. It looks only where a
 * value can stand, since the digests and hashes in strings are full of such digits.
 */
const longNumber = /(?:":|[[,]|^)[ \t\r\n]*-?(?:\d+\.)?(?:\d{16}|\d+(?:\.\d+)?[eE][-+]?\d{3})/g;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
// TypeScript's library does not know the reviver's third parameter yet.
const parseWith = JSON.parse as (text: string, reviver: Reviver) => JsonValue;

/**
 * `JSON.parse` that keeps every number: what a double would change becomes a raw number (see `isRawNumber`), which
 * `JSON.stringify` writes digit by digit. Throws a SyntaxError.
 */
export function parseJson(text: string): JsonValue {
  return hasLongNumber(text) ? parseWith(text, exact) : (JSON.parse(text) as JsonValue);
}

function exact(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === "number" && source !== undefined ? exactNumber(value, source) : value;
}

function exactNumber(value: number, source: string): unknown {
  if (Number.isFinite(value)) {
    if (source.length < 16 || String(value) === source) return value;
    const isInteger = /^-?\d+$/.test(source);
    // A double that was written with all its digits comes back as the same double.
    if (!isInteger && (source.match(/\d/g)?.length ?? 0) < 18) return value;
  }
  return JSON.rawJSON(source);
}

/** A quote with an odd number of backslashes before it stands inside a string: `{\"generation\":1234…` in an annotation. */
function hasLongNumber(text: string): boolean {
  longNumber.lastIndex = 0;
  for (let match = longNumber.exec(text); match !== null; match = longNumber.exec(text)) {
    if (text.charCodeAt(match.index) !== 34) return true;
    let before = match.index - 1;
    while (text.charCodeAt(before) === 92) before--;
    if ((match.index - 1 - before) % 2 === 0) return true;
  }
  return false;
}
