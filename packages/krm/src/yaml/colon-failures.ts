import { charAt, isBreak, isBreakOrEnd, type Cursor } from "./chars.ts";
import { YamlFailure } from "./failure.ts";

/** Where the scanner stands, and where its document begins. */
interface Place extends Cursor {
  readonly first: number;
  readonly lineStart: number;
}

/** A line in block style that is no `key: value`, beginning at `pos`. */
export function missingColon(place: Place, pos: number): YamlFailure {
  let lineEnd = pos;
  while (!isBreakOrEnd(charAt(place, lineEnd))) lineEnd++;
  const line = place.text.slice(pos, lineEnd).trimEnd();
  const noSpace = /^[\w./-]+:\S/.test(line);
  return new YamlFailure(
    "syntax",
    pos,
    `\`${line.length > 40 ? `${line.slice(0, 40)}…` : line}\` is not \`key: value\``,
    noSpace
      ? "put a space behind the colon"
      : "write `key: value`; a text of several lines needs `|` behind its key, or deeper indentation",
  );
}

/** `a: b: c`, or a line that is indented deeper than the finished `key: value` above it. */
export function misplacedColon(place: Place): YamlFailure {
  let from = place.lineStart;
  while (charAt(place, from) === 32) from++;
  const line = place.text.slice(from, place.pos);
  // The line above was no pair, so that this one was read as its continuation.
  const above = lineAbove(place, from);
  if (above !== undefined && !/:(?:\s|$)|^- /.test(place.text.slice(above.start, above.end))) {
    return missingColon(place, above.start);
  }
  if (/^(- )*[\w./"'-]+$/.test(line)) {
    return new YamlFailure(
      "indentation",
      from,
      `\`${line}:\` is indented deeper than the line above it, which already has a value`,
      "give both lines the same indentation, or remove the value above",
    );
  }
  return new YamlFailure(
    "syntax",
    place.pos,
    "a second `: ` stands in one line",
    "quote the value, or start it on a new, deeper indented line",
  );
}

/** The text of the last line above that is not empty, within this document. */
function lineAbove(place: Place, from: number): { start: number; end: number } | undefined {
  let end = from;
  while (end > place.first && (isBreak(place.text.charCodeAt(end - 1)) || place.text.charCodeAt(end - 1) === 32)) end--;
  if (end === place.first) return undefined;
  let start = end;
  while (start > place.first && !isBreak(place.text.charCodeAt(start - 1))) start--;
  while (place.text.charCodeAt(start) === 32) start++;
  return { start, end };
}
