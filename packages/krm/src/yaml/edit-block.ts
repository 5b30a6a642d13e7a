import type { JsonValue } from "@fairlead/apimachinery";
import { inlineString, flowText } from "./edit-flow.ts";
import type { Splice } from "./edit.ts";
import type { MapNode, SeqNode, YamlNode } from "./node.ts";
import { isCollection, print, scalar } from "./print.ts";
import { columnOf, endsWithBreak, lineEndOf, lineStartOf, nextLineOf, type TextStyle } from "./text-style.ts";
import { style } from "./token.ts";

/** What an edit changes: the document, an entry of a map, or an item of a list. */
export type Place =
  | { readonly kind: "root"; readonly node: YamlNode }
  | { readonly kind: "entry"; readonly parent: MapNode; readonly index: number; readonly node: YamlNode }
  | { readonly kind: "item"; readonly parent: SeqNode; readonly index: number; readonly node: YamlNode };

function isBlockScalar(node: YamlNode): boolean {
  return node.kind === "scalar" && (node.style === style.literal || node.style === style.folded);
}

function isBlockCollection(node: YamlNode): node is MapNode | SeqNode {
  return (node.kind === "map" || node.kind === "seq") && !node.flow;
}

function isKept(textStyle: TextStyle, node: YamlNode): boolean {
  return /^[|>]\d?\+/.test(textStyle.text.slice(node.start, node.start + 3));
}

/** Where the lines of a value end: behind the break of its last line, without empty lines that follow a block of text. */
function linesEnd(textStyle: TextStyle, node: YamlNode): number {
  const last = lastLeaf(node);
  if (!isBlockScalar(last)) return nextLineOf(textStyle, last.end);
  let { end } = last;
  if (isKept(textStyle, last)) return end;
  while (end > last.start) {
    const lineStart = lineStartOf(
      textStyle.text,
      textStyle.text.charCodeAt(end - 1) === 10 && textStyle.text.charCodeAt(end - 2) === 13 ? end - 2 : end - 1,
    );
    if (lineStart <= last.start || textStyle.text.slice(lineStart, end).trim() !== "") break;
    end = lineStart;
  }
  return end;
}

function lastLeaf(node: YamlNode): YamlNode {
  if (!isBlockCollection(node)) return node;
  const children = node.kind === "map" ? node.values : node.items;
  const last = children[children.length - 1];
  return last === undefined ? node : lastLeaf(last);
}

/** The lines of a nested value below its key, or what stands on the line of the key, or both (`|` and its text). */
function render(
  value: JsonValue,
  column: number,
  textStyle: TextStyle,
  old?: YamlNode,
): { head: string; body: string } {
  if (isCollection(value)) {
    const lists = Array.isArray(value) && !textStyle.indentLists;
    const at = column + (lists ? 0 : textStyle.indent);
    return { head: "", body: " ".repeat(at) + textStyle.fit(print(value, textStyle).slice(0, -1), at) + textStyle.eol };
  }
  if (typeof value !== "string") return { head: scalar(value, ""), body: "" };
  const printed = scalar(value, "  ");
  // Empty lines that the file has anyway would become part of a block that keeps its last line breaks.
  if (!printed.includes("\n") || /^\|\d?\+/.test(printed)) return { head: inlineString(value, false, old), body: "" };
  const at = printed.indexOf("\n");
  const body = printed.slice(at + 1);
  const indented = body.startsWith("\n") || body === "" ? body : " ".repeat(column) + body;
  return { head: printed.slice(0, at), body: textStyle.fit(indented, column) + textStyle.eol };
}

export function replaceBlockValue(
  place: Exclude<Place, { kind: "root" }>,
  value: JsonValue,
  anchored: string,
  textStyle: TextStyle,
): Splice[] {
  const { node, parent, index } = place;
  const indicator = place.kind === "entry" ? place.parent.colons[index]! : place.parent.dashes[index]!;
  if (indicator < 0) {
    // `? key` alone: the value goes on a line of its own.
    const end = parent.kind === "map" ? parent.keys[index]!.end : node.end;
    return [
      {
        start: end,
        end,
        text: `${textStyle.eol}${" ".repeat(columnOf(textStyle.text, parent.start))}: ${flowText(value, textStyle)}`,
      },
    ];
  }
  if (place.kind === "item" && isCollection(value))
    return replaceItem(place.parent, index, node, value, anchored, textStyle);
  const column =
    place.kind === "entry" ? columnOf(textStyle.text, place.parent.start) : columnOf(textStyle.text, indicator);
  const { head, body } = render(value, column, textStyle, node);
  const lead = anchored + head === "" ? "" : ` ${(anchored + head).trimEnd()}`;
  const after = indicator + 1;
  const empty = node.kind === "scalar" && node.outerStart === node.end;
  if (isBlockCollection(node)) {
    const from = lineEndOf(textStyle, indicator);
    const sameLine = node.outerStart < from;
    const to = linesEnd(textStyle, node);
    const atEnd = to >= textStyle.docEnd && !endsWithBreak(textStyle);
    const tail = body === "" ? (atEnd ? "" : textStyle.eol) : body;
    if (sameLine) return [{ start: after, end: to, text: `${lead}${body === "" ? "" : textStyle.eol}${tail}` }];
    return [
      { start: after, end: after, text: lead },
      { start: from, end: to, text: `${body === "" ? "" : textStyle.eol}${tail}` },
    ];
  }
  if (isBlockScalar(node)) {
    return [{ start: after, end: linesEnd(textStyle, node), text: `${lead}${textStyle.eol}${body}` }];
  }
  const start = empty ? after : node.outerStart;
  const replaced = empty ? lead : lead.slice(1);
  if (body === "") return [{ start, end: empty ? after : node.end, text: replaced }];
  const next = nextLineOf(textStyle, node.end);
  const broken = next > lineEndOf(textStyle, node.end);
  const headStart = empty || lead === "" ? after : node.outerStart;
  return [
    { start: headStart, end: empty ? after : node.end, text: headStart === after ? lead : lead.slice(1) },
    { start: next, end: next, text: broken ? body : `${textStyle.eol}${body}` },
  ];
}

/** A map or list as an item begins on the line of its dash. */
function replaceItem(
  parent: SeqNode,
  index: number,
  node: YamlNode,
  value: JsonValue,
  anchored: string,
  textStyle: TextStyle,
): Splice[] {
  const dash = parent.dashes[index]!;
  const column = columnOf(textStyle.text, dash) + 2;
  const printed = textStyle.fit(print(value, textStyle).slice(0, -1), column);
  const text =
    anchored === "" ? ` ${printed}` : ` ${anchored.trimEnd()}${textStyle.eol}${" ".repeat(column)}${printed}`;
  if (isBlockCollection(node) || isBlockScalar(node)) {
    const end = linesEnd(textStyle, node);
    return [
      {
        start: dash + 1,
        end,
        text: `${text}${end >= textStyle.docEnd && !endsWithBreak(textStyle) ? "" : textStyle.eol}`,
      },
    ];
  }
  return [{ start: dash + 1, end: Math.max(node.end, dash + 1), text }];
}

export function insertBlockKey(node: MapNode, key: string, value: JsonValue, textStyle: TextStyle): Splice[] {
  const column = columnOf(textStyle.text, node.start);
  const { head, body } = renderEntry(key, value, column, textStyle);
  return [appendLines(node, `${" ".repeat(column)}${head}${textStyle.eol}${body}`, textStyle)];
}

function renderEntry(
  key: string,
  value: JsonValue,
  column: number,
  textStyle: TextStyle,
): { head: string; body: string } {
  const name = print({ [key]: null }).slice(0, -": null\n".length);
  const { head, body } = render(value, column, textStyle);
  return { head: `${name}:${head === "" ? "" : ` ${head}`}`, body };
}

/** Puts lines behind the last line of a collection. */
function appendLines(node: YamlNode, lines: string, textStyle: TextStyle): Splice {
  const at = linesEnd(textStyle, node);
  const complete = at < textStyle.docEnd || endsWithBreak(textStyle);
  return { start: at, end: at, text: complete ? lines : `${textStyle.eol}${lines.slice(0, -textStyle.eol.length)}` };
}

export function insertBlockItem(node: SeqNode, index: number, value: JsonValue, textStyle: TextStyle): Splice[] {
  const column = columnOf(textStyle.text, node.dashes[0]!);
  const printed = isCollection(value)
    ? textStyle.fit(print(value, textStyle).slice(0, -1), column + 2)
    : textStyle.fit(scalar(value, "  "), column);
  const line = `- ${printed}${textStyle.eol}`;
  const indentation = " ".repeat(column);
  const before = node.dashes[index];
  if (before === undefined) return [appendLines(node, `${indentation}${line}`, textStyle)];
  return [{ start: before, end: before, text: `${line}${indentation}` }];
}

export function deleteBlockEntry(place: Exclude<Place, { kind: "root" }>, textStyle: TextStyle): Splice[] {
  const { parent, index, node } = place;
  const { text } = textStyle;
  const starts =
    place.kind === "entry"
      ? place.parent.keys.map((key, i) => entryStart(place.parent, key, i, text))
      : place.parent.dashes;
  const start = starts[index]!;
  const end = Math.max(linesEnd(textStyle, node), nextLineOf(textStyle, start));
  if (starts.length === 1) return emptyCollection(parent, start, end, textStyle);
  const lineStart = lineStartOf(text, start);
  if (text.slice(lineStart, start).trim() === "") return [{ start: lineStart, end, text: "" }];
  // It shares its line with a `- ` or a `? `: the next one moves up, unless comments stand between.
  const next = starts[index + 1]!;
  if (text.slice(end, next).trim() === "") return [{ start, end: next, text: "" }];
  return [{ start, end, text: textStyle.eol }];
}

/** An explicit key begins at its `? `. */
function entryStart(parent: MapNode, key: YamlNode, index: number, text: string): number {
  const before = text.slice(lineStartOf(text, key.outerStart), key.outerStart);
  const explicit = /\?[ \t]+$/.exec(before);
  return explicit === null || index > parent.keys.length ? key.outerStart : key.outerStart - explicit[0].length;
}

/** The last entry goes: `key: {}` or `key: []` remains. */
function emptyCollection(parent: MapNode | SeqNode, start: number, end: number, textStyle: TextStyle): Splice[] {
  const { text } = textStyle;
  const empty = parent.kind === "map" ? "{}" : "[]";
  const lineStart = lineStartOf(text, start);
  const breakEnd = end >= textStyle.docEnd && !endsWithBreak(textStyle) ? "" : textStyle.eol;
  const before = text.slice(lineStart, start);
  if (before.trim() !== "") return [{ start, end, text: `${empty}${breakEnd}` }];
  const owner = ownerEnd(text, lineStart);
  if (owner === undefined) return [{ start: lineStart, end, text: `${empty}${breakEnd}` }];
  const lines: Splice = { start: lineStart, end, text: "" };
  return [{ start: owner, end: owner, text: ` ${empty}` }, lines];
}

/** Behind the `:` or `-` (and anchor or tag) of the line that the collection belongs to; comments and empty lines lie between. */
function ownerEnd(text: string, lineStart: number): number | undefined {
  let at = lineStart;
  while (at > 0) {
    const from = lineStartOf(text, at - (text.charCodeAt(at - 1) === 10 && text.charCodeAt(at - 2) === 13 ? 2 : 1));
    const line = text.slice(from, at).trimEnd();
    if (line.trim() !== "" && !line.trimStart().startsWith("#")) {
      const match = /^(.*?(?::|-|[:-]\s+[&!]\S+))(?:\s+#.*)?$/.exec(line);
      return match === null || line.startsWith("---") ? undefined : from + match[1]!.length;
    }
    at = from;
  }
  return undefined;
}
