import type { JsonValue } from "@fairlead/apimachinery";
import { construct, keyOf } from "../yaml/construct.ts";
import type { MapNode, YamlNode } from "../yaml/node.ts";
import { parseTree } from "../yaml/locate.ts";
import type { ParsedDocument } from "../yaml/parse.ts";

/** A value of a ResourceList as it was written: what it is, and its text moved to the left margin. */
export interface ItemSource {
  readonly value: JsonValue;
  /** Without a line break at its end. */
  readonly text: string;
  /** Comment lines above it, with their line breaks, moved to the margin. */
  readonly lead: string;
}

export interface ListSource {
  /** By index; undefined where the text alone would not mean the same (aliases and anchors). */
  readonly items: readonly (ItemSource | undefined)[];
  readonly functionConfig: ItemSource | undefined;
  /** Comments before the first key, with their line breaks. */
  readonly head: string;
}

const unlimited = { aliasNodes: 1_000_000, aliasText: 1 << 26, remark: () => {} };

/** Cuts the text of a ResourceList into that of its items. */
export function sourcesOf(document: ParsedDocument): ListSource {
  const root = parseTree(document.source);
  if (root?.kind !== "map") return { items: [], functionConfig: undefined, head: "" };
  const { text } = document.source;
  const items = valueOf(root, "items");
  const itemsColon = colonOf(root, "items");
  const config = valueOf(root, "functionConfig");
  return {
    items:
      items?.kind === "seq"
        ? items.items.map((node, index) =>
            itemSource(
              text,
              node,
              index === 0 ? (itemsColon ?? items.start) : items.items[index - 1]!.end,
              items.dashes[index],
              items.items[index + 1]?.outerStart,
            ),
          )
        : [],
    functionConfig:
      config === undefined ? undefined : itemSource(text, config, colonOf(root, "functionConfig"), config.start),
    head: headOf(text.slice(document.source.contentStart, root.start)),
  };
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

function itemSource(
  text: string,
  node: YamlNode,
  previousEnd = 0,
  dash?: number,
  next?: number,
): ItemSource | undefined {
  if (node.kind === "scalar" || node.kind === "alias" || usesAnchors(node)) return undefined;
  const value = construct(node, unlimited);
  if (node.flow) {
    const rest = /^[ \t]+#[^\r\n]*/.exec(text.slice(node.end, lineEnd(text, node.end)))?.[0] ?? "";
    const own = text.slice(node.start, node.end).replaceAll("\r\n", "\n");
    return { value, text: own + rest, lead: leadOf(text, previousEnd, dash) };
  }
  const lineStart = text.lastIndexOf("\n", node.start - 1) + 1;
  const column = node.start - lineStart;
  const end = endOfItem(text, node, column, next);
  return { value, text: dedent(text.slice(node.start, end), column), lead: leadOf(text, previousEnd, dash) };
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

/** Comment lines between the item before and the dash. */
function leadOf(text: string, previousEnd: number, dash: number | undefined): string {
  if (dash === undefined) return "";
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
