import type { JsonValue } from "./json.ts";

/** So many digits in a row, or such an exponent, and a double may not hold it. */
const longRun = 16;
const largeExponent = /[\d.][eE][-+]?[3-9]\d\d/g;

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

/**
 * Whether there may be a number that a double does not hold. Long runs of digits are found by looking at every sixteenth
 * character; most of them are in digests and hashes, so it looks at what stands before them, too.
 */
function hasLongNumber(text: string): boolean {
  for (let at = longRun - 1; at < text.length;) {
    if (!isDigit(text.charCodeAt(at))) {
      at += longRun;
      continue;
    }
    let start = at;
    while (start > 0 && isDigit(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (end < text.length && isDigit(text.charCodeAt(end))) end++;
    if (end - start >= longRun && mayBeValue(text, start)) return true;
    at = end + longRun;
  }
  largeExponent.lastIndex = 0;
  for (let match = largeExponent.exec(text); match !== null; match = largeExponent.exec(text)) {
    if (mayBeValue(text, match.index)) return true;
  }
  return false;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** How far it looks back; what is longer is taken for a value, which costs time and changes nothing. */
const farthest = 64;

/** False only if these digits are surely within a string. */
function mayBeValue(text: string, start: number): boolean {
  const least = start - farthest;
  let at = start - 1;
  while (at > least && isPartOfNumber(text.charCodeAt(at))) at--;
  while (at > least && isSpace(text.charCodeAt(at))) at--;
  if (at <= least || at < 0) return true;
  const before = text.charCodeAt(at);
  if (before !== 58) return before === 44 || before === 91;
  do at--;
  while (at > least && isSpace(text.charCodeAt(at)));
  if (at <= least) return true;
  if (text.charCodeAt(at) !== 34) return false;
  // A quote after an odd number of backslashes is one of a string: {\"generation\":1234… in an annotation.
  let backslash = at - 1;
  while (backslash > least && text.charCodeAt(backslash) === 92) backslash--;
  return backslash <= least || (at - 1 - backslash) % 2 === 0;
}

/** Digits, point, exponent and signs. */
function isPartOfNumber(code: number): boolean {
  return isDigit(code) || code === 46 || code === 45 || code === 43 || code === 101 || code === 69;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}
