import { charAt, hexDigit, isBlank, isBlankBreakOrEnd, isBreak, readBreak, type Cursor } from "./chars.ts";
import { YamlFailure } from "./failure.ts";

const escapes: Record<string, string> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1B",
  " ": " ",
  '"': '"',
  "'": "'",
  "/": "/",
  "\\": "\\",
  N: "\u0085",
  _: "\u00A0",
  L: "\u2028",
  P: "\u2029",
};
const hexLengths: Record<string, number> = { x: 2, u: 4, U: 8 };

/** Reads a quoted scalar from its opening quote; line folding and escapes as libyaml does them. */
export function scanQuoted(cursor: Cursor, maxLength: number): string {
  const { text, end } = cursor;
  const start = cursor.pos;
  const quote = text.charCodeAt(start);
  let i = start + 1;
  // Nearly every quoted scalar has neither escapes nor line breaks.
  for (; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === quote) {
      if (quote === 39 && charAt(cursor, i + 1) === 39) break;
      if (i - start > maxLength) throw tooLong(start, maxLength);
      cursor.pos = i + 1;
      return text.slice(start + 1, i);
    }
    if (c === 92 ? quote === 34 : isBreak(c)) break;
  }
  cursor.pos = start + 1;
  return scanQuotedSlowly(cursor, start, quote, maxLength);
}

function scanQuotedSlowly(cursor: Cursor, start: number, quote: number, maxLength: number): string {
  const { text, end } = cursor;
  let value = "";
  while (true) {
    const folded = readWord(cursor, start, quote);
    value += folded.text;
    if (value.length > maxLength) throw tooLong(start, maxLength);
    if (cursor.pos >= end) throw unclosed(start, quote);
    if (text.charCodeAt(cursor.pos) === quote) {
      cursor.pos++;
      return value;
    }
    value += readSpace(cursor, folded.escapedBreak);
  }
}

/** Text up to the next white space, break or closing quote. */
function readWord(cursor: Cursor, start: number, quote: number): { text: string; escapedBreak: boolean } {
  const { text } = cursor;
  let value = "";
  let from = cursor.pos;
  while (true) {
    const c = charAt(cursor, cursor.pos);
    if (isBlankBreakOrEnd(c)) break;
    if (c === quote) {
      if (quote !== 39 || charAt(cursor, cursor.pos + 1) !== 39) break;
      value += text.slice(from, cursor.pos + 1);
      cursor.pos += 2;
      from = cursor.pos;
    } else if (c === 92 && quote === 34) {
      value += text.slice(from, cursor.pos);
      if (isBreak(charAt(cursor, cursor.pos + 1))) {
        cursor.pos++;
        readBreak(cursor);
        return { text: value, escapedBreak: true };
      }
      value += readEscape(cursor, start);
      from = cursor.pos;
    } else {
      cursor.pos++;
    }
  }
  return { text: value + text.slice(from, cursor.pos), escapedBreak: false };
}

function readEscape(cursor: Cursor, start: number): string {
  const at = cursor.pos;
  const letter = cursor.text.charAt(at + 1);
  if (at + 1 >= cursor.end) throw unclosed(start, 34);
  cursor.pos += 2;
  const simple = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
  if (simple !== undefined) return simple;
  const length = Object.hasOwn(hexLengths, letter) ? hexLengths[letter]! : 0;
  if (length === 0) {
    throw new YamlFailure(
      "syntax",
      at,
      `\`\\${letter}\` is not an escape that YAML knows in double quotes`,
      "write `\\\\` for a backslash, or use single quotes, in which nothing is escaped",
    );
  }
  let code = 0;
  for (let k = 0; k < length; k++) {
    const digit = hexDigit(charAt(cursor, cursor.pos + k));
    if (digit < 0) {
      throw new YamlFailure(
        "syntax",
        at,
        `\`\\${letter}\` needs ${length} hexadecimal digits`,
        `write them all, for example \`\\${letter}${"0041".padStart(length, "0").slice(-length)}\``,
      );
    }
    code = code * 16 + digit;
  }
  cursor.pos += length;
  if (letter === "u" && code >= 0xd800 && code <= 0xdbff) {
    // JSON writes characters beyond U+FFFF as two escapes; kubectl reads JSON with a JSON parser and accepts them.
    const low = readLowSurrogate(cursor);
    if (low !== undefined) return String.fromCharCode(code, low);
  }
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new YamlFailure(
      "syntax",
      at,
      `\`\\${letter}\` with the code ${code.toString(16).toUpperCase()} is not a Unicode character`,
      "write the character itself",
    );
  }
  return String.fromCodePoint(code);
}

function readLowSurrogate(cursor: Cursor): number | undefined {
  const match = /^\\u(d[c-f][0-9a-f]{2})/i.exec(cursor.text.slice(cursor.pos, Math.min(cursor.end, cursor.pos + 6)));
  if (match === null) return undefined;
  cursor.pos += 6;
  return Number.parseInt(match[1]!, 16);
}

/** White space and line breaks inside quotes: one break folds to a space, more keep all but the first. */
function readSpace(cursor: Cursor, afterEscapedBreak: boolean): string {
  const from = cursor.pos;
  let folding = afterEscapedBreak;
  let first = "";
  let more = "";
  let spaces = "";
  while (true) {
    const c = charAt(cursor, cursor.pos);
    if (isBlank(c)) {
      cursor.pos++;
    } else if (isBreak(c)) {
      if (folding) {
        more += readBreak(cursor);
      } else {
        first = readBreak(cursor);
        folding = true;
      }
    } else {
      break;
    }
  }
  if (!folding) spaces = cursor.text.slice(from, cursor.pos);
  if (!folding) return spaces;
  if (first === "") return more;
  return first === "\n" ? (more === "" ? " " : more) : first + more;
}

function unclosed(start: number, quote: number): YamlFailure {
  const character = String.fromCharCode(quote);
  return new YamlFailure(
    "unclosed",
    start,
    `the text that begins with ${character} is never closed`,
    `add the closing ${character}`,
  );
}

function tooLong(start: number, maxLength: number): YamlFailure {
  return new YamlFailure("scalarLimit", start, `a value is longer than ${maxLength} characters`);
}
