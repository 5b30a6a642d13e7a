import { deepest } from "./depth.ts";

/**
 * What Go's encoding/json says of a text that is no JSON: `unexpected end of JSON input`, `invalid character 'x' looking
 * for beginning of value`. Undefined for JSON.
 */
export function goJsonError(text: string): string | undefined {
  try {
    const end = value(text, blank(text, 0), 0);
    const rest = blank(text, end);
    return rest < text.length ? invalid(text, rest, "after top-level value") : undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

class Refusal extends Error {}

function fail(text: string, at: number, where: string): never {
  throw new Refusal(at >= text.length ? "unexpected end of JSON input" : invalid(text, at, where));
}

function invalid(text: string, at: number, where: string): string {
  const character = String.fromCodePoint(text.codePointAt(at)!);
  const quoted =
    character === "'" ? `'\\''` : character === '"' ? `'"'` : `'${JSON.stringify(character).slice(1, -1)}'`;
  return `invalid character ${quoted} ${where}`;
}

function blank(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  return at;
}

function value(text: string, at: number, depth: number): number {
  if (depth === deepest && (text[at] === "{" || text[at] === "[")) throw new Refusal("exceeded max depth");
  switch (text[at]) {
    case "{":
      return object(text, at, depth);
    case "[":
      return array(text, at, depth);
    case '"':
      return string(text, at);
    case "t":
      return literal(text, at, "true");
    case "f":
      return literal(text, at, "false");
    case "n":
      return literal(text, at, "null");
    default:
      return /[-\d]/.test(text[at] ?? "") ? number(text, at) : fail(text, at, "looking for beginning of value");
  }
}

function object(text: string, start: number, depth: number): number {
  let at = blank(text, start + 1);
  if (text[at] === "}") return at + 1;
  for (;;) {
    if (text[at] !== '"') return fail(text, at, "looking for beginning of object key string");
    at = blank(text, string(text, at));
    if (text[at] !== ":") return fail(text, at, "after object key");
    at = blank(text, value(text, blank(text, at + 1), depth + 1));
    if (text[at] === "}") return at + 1;
    if (text[at] !== ",") return fail(text, at, "after object key:value pair");
    at = blank(text, at + 1);
  }
}

function array(text: string, start: number, depth: number): number {
  let at = blank(text, start + 1);
  if (text[at] === "]") return at + 1;
  for (;;) {
    at = blank(text, value(text, at, depth + 1));
    if (text[at] === "]") return at + 1;
    if (text[at] !== ",") return fail(text, at, "after array element");
    at = blank(text, at + 1);
  }
}

function string(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const code = text.charCodeAt(at);
    if (at >= text.length || code < 0x20) return fail(text, at, "in string literal");
    if (code === 0x22) return at + 1;
    if (code !== 0x5c) continue;
    at++;
    if (text[at] === "u") {
      for (let digit = 0; digit < 4; digit++) {
        at++;
        if (!/[\dA-Fa-f]/.test(text[at] ?? "")) return fail(text, at, "in \\u hexadecimal character escape");
      }
    } else if (!'bfnrt\\/"'.includes(text[at] ?? "x")) return fail(text, at, "in string escape code");
  }
}

function literal(text: string, start: number, word: string): number {
  for (let index = 1; index < word.length; index++) {
    if (text[start + index] !== word[index]) {
      return fail(text, start + index, `in literal ${word} (expecting '${word[index]}')`);
    }
  }
  return start + word.length;
}

function number(text: string, start: number): number {
  const digits = (at: number, where: string): number => {
    if (!/\d/.test(text[at] ?? "")) return fail(text, at, where);
    let end = at;
    while (/\d/.test(text[end] ?? "")) end++;
    return end;
  };
  let at = text[start] === "-" ? start + 1 : start;
  at = text[at] === "0" ? at + 1 : digits(at, "in numeric literal");
  if (text[at] === ".") at = digits(at + 1, "after decimal point in numeric literal");
  if (text[at] === "e" || text[at] === "E") {
    const sign = text[at + 1] === "+" || text[at + 1] === "-" ? 2 : 1;
    at = digits(at + sign, "in exponent of numeric literal");
  }
  return at;
}
