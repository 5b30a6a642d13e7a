import { keyOf } from "../yaml/construct.ts";
import type { MapNode, YamlNode } from "../yaml/node.ts";
import type { ParsedDocument } from "../yaml/parse.ts";

/** A value of a ResourceList as it was written, moved to the left margin. */
export interface ItemSource {
  /** Without a line break at its end. */
  readonly text: string;
  /** Comment lines above it, with their line breaks, moved to the margin. */
  readonly lead: string;
}

/** Where the parts of a ResourceList stand in its text. Each part is cut out only when it is asked for. */
export interface ListSource {
  /** By index; undefined where the text alone would not mean the same (aliases and anchors). */
  readonly item: (index: number) => ItemSource | undefined;
  readonly functionConfig: () => ItemSource | undefined;
  /** Comments before the first key, with their line breaks. */
  readonly head: string;
}

/** Offsets only: a tree of all items would need several times the memory of the text. */
interface Range {
  readonly start: number;
  readonly end: number;
  /** The column of the first line; -1 for a value in brackets, which is taken as it is. */
  readonly column: number;
  readonly leadStart: number;
  readonly leadEnd: number;
}

export const noSource: ListSource = { item: () => undefined, functionConfig: () => undefined, head: "" };

/** Finds the parts of a ResourceList. */
export function sourcesOf(root: YamlNode, { source }: ParsedDocument): ListSource {
  if (root.kind !== "map") return noSource;
  const { text } = source;
  const items = valueOf(root, "items");
  const ranges: (Range | undefined)[] = [];
  if (items?.kind === "seq") {
    let previousEnd = colonOf(root, "items") ?? items.start;
    for (const [index, node] of items.items.entries()) {
      ranges.push(rangeOf(text, node, previousEnd, items.dashes[index], items.items[index + 1]?.outerStart));
      previousEnd = node.end;
    }
  }
  const config = valueOf(root, "functionConfig");
  const configRange =
    config === undefined ? undefined : rangeOf(text, config, colonOf(root, "functionConfig"), config.start);
  return {
    item: (index) => cut(text, ranges[index]),
    functionConfig: () => cut(text, configRange),
    head: headOf(text.slice(source.contentStart, root.start)),
  };
}

function cut(text: string, range: Range | undefined): ItemSource | undefined {
  if (range === undefined) return undefined;
  const { start, end, column, leadStart, leadEnd } = range;
  const raw = text.slice(start, end);
  const own = column < 0 ? raw.replaceAll("\r\n", "\n") : dedent(raw, column);
  return { text: own, lead: leadOf(text, leadStart, leadEnd) };
}

function headOf(text: string): string {
  return text
    .split("\n")
    .filter((line) => line.trimStart().startsWith("#"))
    .map((line) => `${line.trim()}\n`)
    .join("");
}

function valueOf(root: MapNode, key: string): YamlNode | undefined {
  const index = root.keys.findLastIndex((node) => keyOf(node) === key);
  return index < 0 ? undefined : root.values[index];
}

function colonOf(root: MapNode, key: string): number | undefined {
  const colon = root.colons[root.keys.findLastIndex((node) => keyOf(node) === key)];
  return colon === undefined || colon < 0 ? undefined : colon + 1;
}

function rangeOf(text: string, node: YamlNode, previousEnd = 0, dash?: number, next?: number): Range | undefined {
  if (node.kind === "scalar" || node.kind === "alias" || usesAnchors(node)) return undefined;
  const lead = { leadStart: dash === undefined ? 0 : previousEnd, leadEnd: dash ?? 0 };
  if (node.flow) {
    const comment = /^[ \t]+#[^\r\n]*/.exec(text.slice(node.end, lineEnd(text, node.end)))?.[0] ?? "";
    return { start: node.start, end: node.end + comment.length, column: -1, ...lead };
  }
  const column = node.start - (text.lastIndexOf("\n", node.start - 1) + 1);
  return { start: node.start, end: endOfItem(text, node, column, next), column, ...lead };
}

function usesAnchors(node: YamlNode): boolean {
  if (node.kind === "alias" || node.anchor !== "") return true;
  if (node.kind === "map") return node.keys.some(usesAnchors) || node.values.some(usesAnchors);
  return node.kind === "seq" && node.items.some(usesAnchors);
}

/** Behind the last line; comments below it that are indented like the item belong to it. */
function endOfItem(text: string, node: YamlNode, column: number, next: number | undefined): number {
  // A block of text ends behind its last line break already.
  let end = text.charCodeAt(node.end - 1) === 10 ? node.end : lineEnd(text, node.end);
  const limit = next ?? text.length;
  let from = end;
  while (from < limit) {
    const to = lineEnd(text, from);
    const line = text.slice(from, to);
    const indentation = line.length - line.trimStart().length;
    if (line.trim() !== "" && !(line.trimStart().startsWith("#") && indentation >= column)) break;
    if (line.trim() !== "") end = to;
    if (to === from) break;
    from = to;
  }
  return end;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at + 1;
}

/** The first line begins behind the `- ` already. */
function dedent(text: string, column: number): string {
  const pattern = new RegExp(`\\n[ ]{0,${column}}`, "g");
  return text.replaceAll("\r\n", "\n").replaceAll(pattern, "\n").replace(/\n$/, "");
}

/** Comment lines between the end of the item before and the dash. */
function leadOf(text: string, previousEnd: number, dash: number): string {
  if (dash <= previousEnd) return "";
  const column = dash - (text.lastIndexOf("\n", dash - 1) + 1);
  const from = text.charCodeAt(previousEnd - 1) === 10 ? previousEnd : lineEnd(text, previousEnd);
  if (from >= dash) return "";
  return text
    .slice(from, dash)
    .split("\n")
    .filter((line) => line.trimStart().startsWith("#") && line.length - line.trimStart().length <= column)
    .map((line) => `${line.trim()}\n`)
    .join("");
}
