import { isBreak } from "./chars.ts";

/** One document of a text: the part between two markers. Offsets are UTF-16 units. */
export interface DocumentSource {
  readonly text: string;
  /** Where it begins, at its `---` if it has one. */
  readonly start: number;
  readonly end: number;
  /** Where its content begins, behind the `---`. */
  readonly contentStart: number;
  /** Columns before `contentStart` in its line. */
  readonly column: number;
  /** The line of `start`, from 1, in the file. */
  readonly line: number;
  /** Its `%` lines. */
  readonly directives: string;
}

/**
 * Cuts a text at its document markers. As for kubectl, `---` or `...` in the first column, followed by white space or
 * the end, always is one, also within a block of text or a quoted text. Documents without any content are left out.
 */
export function* splitDocuments(text: string, firstLine = 1): Generator<DocumentSource> {
  const nextMarker = markerFinder(text);
  let pos = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = firstLine;
  let directives = "";
  let marker = isMarker(text, pos) ? pos : nextMarker(pos);
  while (pos < text.length) {
    if (marker === pos && text.charCodeAt(pos) === 46) {
      directives = "";
      pos = endOfLine(text, pos + 3);
      line++;
      marker = isMarker(text, pos) ? pos : nextMarker(pos);
      continue;
    }
    const atMarker = marker === pos;
    const contentStart = atMarker ? pos + 3 : pos;
    const end = atMarker ? nextMarker(contentStart) : marker;
    const kind = contentKind(text, contentStart, end);
    if (kind === "content") {
      yield { text, start: pos, end, contentStart, column: atMarker ? 3 : 0, line, directives };
    }
    directives = kind === "directives" ? text.slice(pos, end) : "";
    line += breaksBetween(text, pos, end);
    pos = end;
    marker = end;
  }
}

/** The line of `offset` in the file, and its column. */
export function positionIn(source: DocumentSource, offset: number): { line: number; column: number } {
  const { text, start } = source;
  let lineStart = start;
  let line = source.line;
  for (let i = start; i < offset && i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) {
      line++;
      lineStart = i + 1;
    }
  }
  return { line, column: offset - lineStart + 1 };
}

/** As `positionIn`, for many places of one document: its lines are counted once. */
export function positionFinder(source: DocumentSource): (offset: number) => { line: number; column: number } {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(source);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: source.line + low, column: offset - starts[low]! + 1 };
  };
}

function lineStarts({ text, start, end }: DocumentSource): number[] {
  const starts = [start];
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
  }
  return starts;
}

/** Whether a document marker stands at `pos`, which must be the beginning of a line. */
export function isMarker(text: string, pos: number): boolean {
  const c = text.charCodeAt(pos);
  if ((c !== 45 && c !== 46) || text.charCodeAt(pos + 1) !== c || text.charCodeAt(pos + 2) !== c) return false;
  const after = text.charCodeAt(pos + 3);
  return Number.isNaN(after) || after === 10 || after === 13 || after === 32 || after === 9;
}

/**
 * Finds the next line behind `from` that is a marker, or the end of the text. Calls must ascend: what was found once is
 * kept, so that a text is searched once and not once for each document.
 */
function markerFinder(text: string): (from: number) => number {
  let dashes = -1;
  let dots = -1;
  return (from) => {
    if (dashes < from + 1) dashes = findMarker(text, from, "\n---");
    if (dots < from + 1) dots = findMarker(text, from, "\n...");
    return Math.min(dashes, dots);
  };
}

function findMarker(text: string, from: number, search: string): number {
  let at = text.indexOf(search, from);
  while (at >= 0 && !isMarker(text, at + 1)) at = text.indexOf(search, at + 1);
  return at < 0 ? text.length : at + 1;
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at + 1;
}

export function breaksBetween(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

/** Whether there is more than white space, comments and `%` lines. */
export function contentKind(text: string, from: number, end: number): "empty" | "directives" | "content" {
  let directives = false;
  let pos = from;
  while (pos < end) {
    const c = text.charCodeAt(pos);
    if (c === 32 || c === 9 || c === 10 || c === 13) pos++;
    else if (c === 35) while (pos < end && !isBreak(text.charCodeAt(pos))) pos++;
    else if (c === 37 && (pos === from || text.charCodeAt(pos - 1) === 10)) {
      directives = true;
      pos = endOfLine(text, pos);
    } else return "content";
  }
  return directives ? "directives" : "empty";
}
