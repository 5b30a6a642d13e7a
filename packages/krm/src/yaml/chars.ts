/** Character classes of libyaml, the scanner behind kubectl. 0 stands for the end of the document. */

/** Line feed, carriage return, next line, line separator, paragraph separator: YAML 1.1's line breaks. */
export function isBreak(c: number): boolean {
  return c === 10 || c === 13 || c === 0x85 || c === 0x2028 || c === 0x2029;
}

export function isBlank(c: number): boolean {
  return c === 32 || c === 9;
}

export function isBreakOrEnd(c: number): boolean {
  return c === 0 || isBreak(c);
}

export function isBlankBreakOrEnd(c: number): boolean {
  return c === 32 || c === 9 || c === 0 || isBreak(c);
}

/** Letters, digits, `_` and `-`: what anchors and tag handles are made of. */
export function isWord(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95 || c === 45;
}

export function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** A reading position in one document: `pos` moves, `lineStart` is where the current line began. */
export interface Cursor {
  readonly text: string;
  readonly end: number;
  pos: number;
  lineStart: number;
}

export function charAt(cursor: Cursor, pos: number): number {
  return pos < cursor.end ? cursor.text.charCodeAt(pos) : 0;
}

/** Moves over one line break and returns what it contributes to a scalar; CRLF, CR and NEL count as a line feed. */
export function readBreak(cursor: Cursor): string {
  const c = cursor.text.charCodeAt(cursor.pos);
  cursor.pos += c === 13 && charAt(cursor, cursor.pos + 1) === 10 ? 2 : 1;
  cursor.lineStart = cursor.pos;
  return c === 0x2028 ? "\u2028" : c === 0x2029 ? "\u2029" : "\n";
}
