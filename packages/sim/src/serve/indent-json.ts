import { Buffer } from "node:buffer";

const code = { tab: 9, lineFeed: 10, return: 13, space: 32, quote: 34, comma: 44, colon: 58, backslash: 92 } as const;
const open = new Set([0x5b, 0x7b]);
const close = new Set([0x5d, 0x7d]);
const step = "  ";

/** JSON in the lines and columns of Go's `json.MarshalIndent`, two spaces a level; numbers and texts as they are. */
export function indentJson(json: Buffer): Buffer {
  const parts: (Buffer | string)[] = [];
  let depth = 0;
  let at = 0;
  const line = (): string => `\n${step.repeat(depth)}`;

  function next(): number | undefined {
    while (isBlank(json[at])) at++;
    return json[at];
  }

  while (next() !== undefined) {
    const byte = json[at]!;
    const start = at++;
    if (byte === code.quote) {
      while (at < json.length && json[at] !== code.quote) at += json[at] === code.backslash ? 2 : 1;
      parts.push(json.subarray(start, ++at));
    } else if (open.has(byte)) {
      parts.push(String.fromCharCode(byte));
      depth++;
      if (!close.has(next() ?? 0)) parts.push(line());
      else {
        depth--;
        parts.push(String.fromCharCode(json[at++]!));
      }
    } else if (close.has(byte)) {
      depth = Math.max(0, depth - 1);
      parts.push(line(), String.fromCharCode(byte));
    } else if (byte === code.comma) parts.push(",", line());
    else if (byte === code.colon) parts.push(": ");
    else {
      while (at < json.length && isPlain(json[at]!)) at++;
      parts.push(json.subarray(start, at));
    }
  }
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

function isBlank(byte: number | undefined): boolean {
  return byte === code.space || byte === code.lineFeed || byte === code.return || byte === code.tab;
}

/** Part of a number or a word. */
function isPlain(byte: number): boolean {
  return !isBlank(byte) && byte !== code.comma && byte !== code.colon && !open.has(byte) && !close.has(byte);
}
