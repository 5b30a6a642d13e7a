import { formatPath, type FieldPath } from "@fairlead/apimachinery";
import { keyOf } from "./construct.ts";
import { parseTree } from "./locate.ts";
import type { YamlNode } from "./node.ts";
import { style } from "./token.ts";
import { splitDocuments, type DocumentSource } from "./split.ts";

/** A comment and the field at which it stands. */
export interface YamlComment {
  readonly path: FieldPath;
  /** On lines of its own before the field, behind it on its line, or on lines of its own below it. */
  readonly place: "before" | "line" | "after";
  /** From `#` to the end of the line. */
  readonly text: string;
}

export interface CommentedDocument {
  /** In the order in which they stand, without those before the first field and those at the left margin after the last. */
  readonly comments: readonly YamlComment[];
  /** What the fields and `comments` take up of the text: whole lines, the last one without its line break. */
  readonly start: number;
  readonly end: number;
}

/** A key or a list item in block style; `start` is where the key or the dash stands. */
interface Entry {
  readonly path: FieldPath;
  readonly start: number;
  readonly column: number;
  readonly node: YamlNode;
}

/** The comments of a document, or undefined when it cannot be parsed. Comments inside `[…]` and `{…}` count to its field. */
export function readComments(source: DocumentSource): CommentedDocument | undefined {
  const root = parseTree(source);
  if (root === undefined) return undefined;
  const { text } = source;
  const outline = outlineOf(root, text);
  const comments: YamlComment[] = [];
  let end = root.end;
  for (const { start, end: commentEnd } of commentsIn(text, root.outerStart, source.end, outline.opaque)) {
    const place = placeOf(text, start, outline.entries);
    if (place === undefined) continue;
    comments.push({ ...place, text: text.slice(start, commentEnd) });
    end = Math.max(end, commentEnd);
  }
  const first = lineStart(text, root.outerStart);
  const start =
    first < source.contentStart && source.column > 0 ? root.outerStart : Math.max(first, source.contentStart);
  return { comments, start, end: lineEnd(text, end, source.end) };
}

/**
 * Puts comments into a text that is one document in block style, each at its field. Those whose field is not there come
 * back in `unplaced`.
 */
export function writeComments(
  text: string,
  comments: readonly YamlComment[],
): { readonly text: string; readonly unplaced: readonly YamlComment[] } {
  const source = splitDocuments(text).next().value;
  const root = source === undefined ? undefined : parseTree(source);
  if (root === undefined || comments.length === 0) return { text, unplaced: comments };
  const { entries } = outlineOf(root, text);
  const byPath = new Map(entries.map((entry) => [formatPath(entry.path), entry]));
  const insertions: { readonly at: number; readonly text: string }[] = [];
  // A line has room for one comment: the last one, which the others then precede.
  const lastOf = new Map(
    comments.filter(({ place }) => place === "line").map((comment) => [formatPath(comment.path), comment]),
  );
  const taken = new Set<number>();
  const unplaced: YamlComment[] = [];
  for (const comment of comments) {
    const entry = byPath.get(formatPath(comment.path));
    if (entry === undefined) {
      unplaced.push(comment);
      continue;
    }
    const indent = " ".repeat(entry.column);
    const first = lineStart(text, entry.start);
    if (comment.place === "after") {
      const { node } = entry;
      const last = lineEnd(text, Math.max(entry.start, node.end > node.start ? node.end - 1 : node.end), text.length);
      insertions.push({ at: last, text: `\n${indent}${comment.text}` });
      continue;
    }
    // There is no room where a scalar goes on in the next line.
    const at = lineEnd(text, entry.start, text.length);
    if (lastOf.get(formatPath(comment.path)) === comment && !taken.has(at) && !runsOver(entry.node, at)) {
      taken.add(at);
      insertions.push({ at, text: ` ${comment.text}` });
    } else insertions.push({ at: first, text: `${indent}${comment.text}\n` });
  }
  // What goes to one place keeps its order: sorting is stable.
  insertions.sort((a, b) => a.at - b.at);
  const pieces: string[] = [];
  let done = 0;
  for (const { at, text: added } of insertions) {
    pieces.push(text.slice(done, at), added);
    done = at;
  }
  pieces.push(text.slice(done));
  return { text: pieces.join(""), unplaced };
}

function runsOver(node: YamlNode, lineBreak: number): boolean {
  return node.kind === "scalar" && node.style < style.literal && node.start < lineBreak && node.end > lineBreak;
}

interface Outline {
  readonly entries: readonly Entry[];
  /** Where a `#` is no comment: the scalars, in the order of the text. */
  readonly opaque: readonly (readonly [start: number, end: number])[];
}

function outlineOf(root: YamlNode, text: string): Outline {
  const entries: Entry[] = [];
  const opaque: [number, number][] = [];
  const visit = (node: YamlNode, path: FieldPath, block: boolean): void => {
    if (node.kind === "scalar") {
      // The header of a block scalar may have a comment behind it.
      const start = node.style >= style.literal ? lineEnd(text, node.start, node.end) : node.start;
      if (node.end > start) opaque.push([start, node.end]);
    } else if (node.kind === "map") {
      node.keys.forEach((key, index) => {
        const value = node.values[index]!;
        const child = [...path, keyOf(key) ?? ""];
        const inBlock = block && !node.flow;
        if (inBlock) add(key.outerStart, child, value);
        visit(key, child, false);
        visit(value, child, inBlock);
      });
    } else if (node.kind === "seq") {
      node.items.forEach((item, index) => {
        const child = [...path, index];
        const inBlock = block && !node.flow;
        if (inBlock) add(node.dashes[index] ?? item.outerStart, child, item);
        visit(item, child, inBlock);
      });
    }
  };
  const add = (start: number, path: FieldPath, node: YamlNode): void => {
    entries.push({ path, start, column: start - lineStart(text, start), node });
  };
  visit(root, [], true);
  return { entries, opaque };
}

function* commentsIn(
  text: string,
  from: number,
  to: number,
  opaque: readonly (readonly [number, number])[],
): Generator<{ start: number; end: number }> {
  let next = 0;
  let pos = from;
  while (pos < to) {
    while (next < opaque.length && opaque[next]![1] <= pos) next++;
    const span = opaque[next];
    const hash = text.indexOf("#", pos);
    if (hash < 0 || hash >= to) return;
    if (span !== undefined && span[0] <= hash) {
      pos = span[1];
      continue;
    }
    const before = text[hash - 1];
    if (before !== undefined && !/[\s,[\]{}]/.test(before)) {
      pos = hash + 1;
      continue;
    }
    const end = lineEnd(text, hash, to);
    yield { start: hash, end };
    pos = end;
  }
}

function placeOf(text: string, at: number, entries: readonly Entry[]): Pick<YamlComment, "path" | "place"> | undefined {
  const first = lineStart(text, at);
  // The first entry behind the comment.
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.start > at) high = middle;
    else low = middle + 1;
  }
  const previous = entries[low - 1];
  if (previous === undefined) return undefined;
  if (/\S/.test(text.slice(first, at)) || isInside(previous, at)) return { path: previous.path, place: "line" };
  const next = entries[low];
  const column = at - first;
  if (next !== undefined && column <= next.column) return { path: next.path, place: "before" };
  if (next === undefined && column === 0) return undefined;
  let index = low - 1;
  while (index > 0 && entries[index]!.column > column) index--;
  return { path: entries[index]!.path, place: "after" };
}

/** Between the brackets of a flow collection, or before a value that begins on a later line. */
function isInside({ node }: Entry, at: number): boolean {
  return node.kind !== "scalar" && node.kind !== "alias" && node.flow && at < node.end;
}

function lineStart(text: string, at: number): number {
  let start = at;
  while (start > 0) {
    const c = text.charCodeAt(start - 1);
    if (c === 10 || c === 13) break;
    start--;
  }
  return start;
}

function lineEnd(text: string, at: number, limit: number): number {
  for (let index = at; index < limit; index++) {
    const c = text.charCodeAt(index);
    if (c === 10 || c === 13) return index;
  }
  return limit;
}
