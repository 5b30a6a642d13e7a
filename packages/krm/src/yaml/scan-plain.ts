import { charAt, isBlank, isBlankBreakOrEnd, isBreak, readBreak, type Cursor } from "./chars.ts";
import { YamlFailure } from "./failure.ts";

export interface PlainScalar {
  readonly value: string;
  /** The end of its last character; the cursor may stand further on. */
  readonly end: number;
  /** Whether white space with a line break was read behind it. */
  readonly brokeLine: boolean;
}

/** Reads an unquoted scalar; in block context it ends where a line is indented less than `indent`. */
export function scanPlain(cursor: Cursor, indent: number, inFlow: boolean, maxLength: number): PlainScalar {
  const { text } = cursor;
  const start = cursor.pos;
  let value = "";
  let segmentFrom = start;
  let scalarEnd = start;
  let first = "";
  let more = "";
  let brokeLine = false;
  while (true) {
    if (charAt(cursor, cursor.pos) === 35) break;
    const wordStart = cursor.pos;
    const wordEnd = endOfWord(cursor, inFlow);
    if (wordEnd > wordStart) {
      if (brokeLine) {
        value += text.slice(segmentFrom, scalarEnd) + (first !== "\n" ? first + more : more === "" ? " " : more);
        segmentFrom = wordStart;
        brokeLine = false;
        more = "";
      }
      if (wordEnd - start > maxLength) {
        throw new YamlFailure("scalarLimit", start, `a value is longer than ${maxLength} characters`);
      }
      cursor.pos = wordEnd;
      scalarEnd = wordEnd;
    }
    const after = charAt(cursor, cursor.pos);
    if (!isBlank(after) && !isBreak(after)) break;
    while (true) {
      const s = charAt(cursor, cursor.pos);
      if (isBlank(s)) {
        if (brokeLine && s === 9 && cursor.pos - cursor.lineStart < indent) {
          throw new YamlFailure("tab", cursor.pos, "a tab is used for indentation", "indent with spaces");
        }
        cursor.pos++;
      } else if (isBreak(s)) {
        if (brokeLine) {
          more += readBreak(cursor);
        } else {
          first = readBreak(cursor);
          brokeLine = true;
        }
      } else {
        break;
      }
    }
    if (!inFlow && cursor.pos - cursor.lineStart < indent) break;
  }
  const last = text.slice(segmentFrom, scalarEnd);
  return { value: value === "" ? last : value + last, end: scalarEnd, brokeLine };
}

/** The next position that holds white space, the end, `: `, or in flow context one of `,?[]{}`. */
function endOfWord(cursor: Cursor, inFlow: boolean): number {
  const { text, end } = cursor;
  let i = cursor.pos;
  for (; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c > 58 && c < 0x85) {
      if (inFlow && (c === 63 || c === 91 || c === 93 || c === 123 || c === 125)) break;
    } else if (c === 58) {
      if (isBlankBreakOrEnd(charAt(cursor, i + 1))) break;
    } else if (c === 32 || c === 9 || isBreak(c) || (inFlow && c === 44)) {
      break;
    }
  }
  return i;
}
