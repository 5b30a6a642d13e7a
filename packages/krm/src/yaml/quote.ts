import { resolvePlain } from "./scalar.ts";

/** How a string can be written so that kubectl, and any other YAML reader, gets it back. */
export type StringForm = "plain" | "single" | "double" | "block";

const blockBit = 1;
const quoteBit = 2;
const escapeBit = 4;

/** Per ASCII character: 0 harmless anywhere in an unquoted string, 1 needs a look, 2 needs escapes. */
const classes = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  if (c < 32 || c === 127) classes[c] = 2;
}
for (const c of ":#\n\t ") classes[c.charCodeAt(0)] = 1;

const indicators = new Set([..."-?:,[]{}#&*!|>'\"%@` "].map((c) => c.charCodeAt(0)));

/** Readers of YAML 1.1 other than kubectl's see dates and base 60 numbers in these. */
const legacy =
  /^(?:[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?|\d{4}-\d\d?-\d\d?(?:[Tt\s].*)?|[-+]?(?:0[xob])?[\d_]*\.?[\d_]*(?:e[-+]?\d*)?)$/i;

export function stringForm(text: string): StringForm {
  const { length } = text;
  if (length === 0) return "double";
  let found = 0;
  let previous = 0;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    if (c > 127) {
      if (c < 0xa0 || c === 0x2028 || c === 0x2029 || c === 0xfeff || c >= 0xfffe) return "double";
      if (c >= 0xd800 && c <= 0xdfff && !isPair(text, i)) return "double";
    } else {
      const kind = classes[c]!;
      if (kind !== 0) {
        if (kind === 2) return "double";
        if (c === 10) found |= blockBit;
        else if (c === 9) found |= escapeBit;
        else if (c === 35) {
          if (previous === 32 || previous === 9 || previous === 10) found |= quoteBit;
        } else if (c === 58) {
          const next = i + 1 < length ? text.charCodeAt(i + 1) : 32;
          if (next === 32 || next === 9 || next === 10) found |= quoteBit;
        }
      }
    }
    previous = c;
  }
  if ((found & blockBit) !== 0) return /[^\s]/.test(text) ? "block" : "double";
  if ((found & escapeBit) !== 0) return "double";
  return quotedForm(text, previous, (found & quoteBit) !== 0);
}

function quotedForm(text: string, last: number, mustQuote: boolean): StringForm {
  const first = text.charCodeAt(0);
  if (mustQuote || last === 32) return "single";
  if (indicators.has(first)) {
    // Command line flags are common and safe; `-`, `- x`, `---` and numbers are not.
    if (first !== 45 || !/^--?[A-Za-z]/.test(text)) return text.length < 40 && isAmbiguous(text) ? "double" : "single";
  }
  if (first === 46 && text.startsWith("...")) return "single";
  return text.length < 400 && isAmbiguous(text) ? "double" : "plain";
}

/** Whether some reader takes the unquoted text for something other than this string. */
function isAmbiguous(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first > 57) {
    // Only words like `yes`, the merge key and the default key are in question.
    return text.length <= 5 && (text === "<<" || text === "=" || resolvePlain(text) !== text);
  }
  return resolvePlain(text) !== text || legacy.test(text);
}

function isPair(text: string, i: number): boolean {
  const c = text.charCodeAt(i);
  if (c < 0xdc00) {
    const next = text.charCodeAt(i + 1);
    return next >= 0xdc00 && next <= 0xdfff;
  }
  const before = text.charCodeAt(i - 1);
  return before >= 0xd800 && before <= 0xdbff;
}

export function singleQuoted(text: string): string {
  return `'${text.includes("'") ? text.replaceAll("'", "''") : text}'`;
}

const shortEscapes: Record<string, string> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  "\0": "\\0",
  "\u0007": "\\a",
  "\b": "\\b",
  "\v": "\\v",
  "\f": "\\f",
  "\u001B": "\\e",
  "\u0085": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

/** On one line, whatever the text holds. Half of a surrogate pair becomes U+FFFD, as in every UTF-8 file. */
export function doubleQuoted(text: string): string {
  const escaped = text.toWellFormed().replaceAll(/["\\]|\p{Cc}|[\u2028\u2029\uFEFF\uFFFE\uFFFF]/gu, (c) => {
    const short = shortEscapes[c];
    if (short !== undefined) return short;
    const code = c.charCodeAt(0);
    return code < 256
      ? `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`
      : `\\u${code.toString(16).toUpperCase()}`;
  });
  return `"${escaped}"`;
}
