import { charAt, isBlank, isBreak, isBreakOrEnd, isDigit, readBreak, type Cursor } from "./chars.ts";
import { YamlFailure } from "./failure.ts";

export interface BlockScalar {
  readonly value: string;
  /** Behind the break of its last line that belongs to it. */
  readonly end: number;
}

/** Reads a `|` or `>` scalar from its indicator; `parentIndent` is the column of the collection around it, or -1. */
export function scanBlock(cursor: Cursor, parentIndent: number, maxLength: number): BlockScalar {
  const start = cursor.pos;
  const literal = cursor.text.charCodeAt(start) === 124;
  const { chomping, increment } = readHeader(cursor, start);
  let indent = increment === 0 ? 0 : Math.max(parentIndent, 0) + increment;
  const leading = readBreaks(cursor, indent, parentIndent);
  indent = leading.indent;
  let end = leading.end;
  let value = "";
  let lastBreak = "";
  let emptyLines = leading.breaks;
  let blankBefore = false;
  while (cursor.pos < cursor.end && cursor.pos - cursor.lineStart === indent) {
    const blank = isBlank(charAt(cursor, cursor.pos));
    if (!literal && !blankBefore && !blank && lastBreak === "\n") {
      if (emptyLines === "") value += " ";
    } else {
      value += lastBreak;
    }
    value += emptyLines;
    blankBefore = blank;
    const lineEnd = endOfLine(cursor);
    value += cursor.text.slice(cursor.pos, lineEnd);
    if (value.length > maxLength) {
      throw new YamlFailure("scalarLimit", start, `a value is longer than ${maxLength} characters`);
    }
    cursor.pos = lineEnd;
    // kubectl ends the last line of a file that has no line break at its end.
    lastBreak = cursor.pos < cursor.end ? readBreak(cursor) : "\n";
    const breaks = readBreaks(cursor, indent, parentIndent);
    emptyLines = breaks.breaks;
    end = breaks.end;
  }
  if (chomping !== "-") value += lastBreak;
  if (chomping === "+") value += emptyLines;
  return { value, end };
}

function readHeader(cursor: Cursor, start: number): { chomping: string; increment: number } {
  let chomping = "";
  let increment = 0;
  cursor.pos++;
  for (let k = 0; k < 2; k++) {
    const c = charAt(cursor, cursor.pos);
    if ((c === 43 || c === 45) && chomping === "") {
      chomping = String.fromCharCode(c);
      cursor.pos++;
    } else if (isDigit(c) && increment === 0) {
      increment = c - 48;
      if (increment === 0) {
        throw new YamlFailure(
          "syntax",
          cursor.pos,
          "the indentation of a block of text cannot be 0",
          "write a number from 1 to 9, or none",
        );
      }
      cursor.pos++;
    }
  }
  while (isBlank(charAt(cursor, cursor.pos))) cursor.pos++;
  if (charAt(cursor, cursor.pos) === 35) cursor.pos = endOfLine(cursor);
  if (!isBreakOrEnd(charAt(cursor, cursor.pos))) {
    const indicator = cursor.text.charAt(start);
    throw new YamlFailure(
      "syntax",
      cursor.pos,
      `text follows \`${indicator}\` on its line`,
      `start the text on the next line, indented; quote the value when it is meant to begin with \`${indicator}\``,
    );
  }
  if (cursor.pos < cursor.end) readBreak(cursor);
  return { chomping, increment };
}

/** Skips empty lines and the indentation of the next one; with `indent` 0 the first text line decides the indentation. */
function readBreaks(cursor: Cursor, indent: number, parentIndent: number) {
  let breaks = "";
  let maxIndent = 0;
  let end = cursor.pos;
  while (true) {
    while ((indent === 0 || cursor.pos - cursor.lineStart < indent) && charAt(cursor, cursor.pos) === 32) cursor.pos++;
    const column = cursor.pos - cursor.lineStart;
    if (column > maxIndent) maxIndent = column;
    const c = charAt(cursor, cursor.pos);
    if ((indent === 0 || column < indent) && c === 9) {
      throw new YamlFailure(
        "tab",
        cursor.pos,
        "a tab is used for indentation in a block of text",
        "indent with spaces",
      );
    }
    if (!isBreak(c)) {
      // A last line of spaces that no break ends is an empty line all the same.
      if (cursor.pos === cursor.end && cursor.pos > end) breaks += "\n";
      break;
    }
    breaks += readBreak(cursor);
    end = cursor.pos;
  }
  return { breaks, end, indent: indent === 0 ? Math.max(maxIndent, parentIndent + 1, 1) : indent };
}

function endOfLine(cursor: Cursor): number {
  let i = cursor.pos;
  while (i < cursor.end && !isBreak(cursor.text.charCodeAt(i))) i++;
  return i;
}
