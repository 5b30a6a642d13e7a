import { isObject, isRawNumber, type JsonValue } from "@fairlead/apimachinery";
import type { TextStyle } from "./text-style.ts";
import type { Splice } from "./edit.ts";
import type { MapNode, SeqNode, YamlNode } from "./node.ts";
import { scalar } from "./print.ts";
import { doubleQuoted, singleQuoted, stringForm } from "./quote.ts";
import { style } from "./token.ts";

/** A value on one line, as it may stand in `[…]` and `{…}`; JSON in a JSON document. */
export function flowText(value: JsonValue, textStyle: Pick<TextStyle, "json">, old?: YamlNode): string {
  if (textStyle.json) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => flowText(item, textStyle)).join(", ")}]`;
  if (isObject(value)) {
    const entries = Object.keys(value).map((key) => `${flowText(key, textStyle)}: ${flowText(value[key]!, textStyle)}`);
    return `{${entries.join(", ")}}`;
  }
  if (typeof value !== "string" || isRawNumber(value)) return scalar(value, "");
  return inlineString(value, true, old);
}

/** A string on one line, in the quotes of the text that it replaces where they can hold it. */
export function inlineString(value: string, inFlow: boolean, old?: YamlNode): string {
  const oldStyle = old?.kind === "scalar" ? old.style : style.plain;
  const form = stringForm(value);
  if (form === "block" || form === "double") return doubleQuoted(value);
  if (oldStyle === style.double) return doubleQuoted(value);
  if (oldStyle === style.single || form === "single") return singleQuoted(value);
  return inFlow && /[,[\]{}?]/.test(value) ? singleQuoted(value) : value;
}

export function insertFlow(
  node: MapNode | SeqNode,
  step: string | number,
  value: JsonValue,
  textStyle: TextStyle,
): Splice {
  const text =
    node.kind === "map"
      ? `${flowText(String(step), textStyle)}: ${flowText(value, textStyle)}`
      : flowText(value, textStyle);
  if (node.kind === "seq" && typeof step === "number" && step < node.items.length) {
    const at = node.items[step]!.outerStart;
    return { start: at, end: at, text: `${text}, ` };
  }
  const ends = node.kind === "map" ? node.values : node.items;
  const last = ends[ends.length - 1];
  if (last === undefined) return { start: node.start + 1, end: node.start + 1, text };
  const at = node.kind === "map" ? entryEnd(node, ends.length - 1) : last.end;
  // `{a:,` would make the colon part of the key.
  return { start: at, end: at, text: `${node.kind === "map" && last.start === last.end ? " " : ""}, ${text}` };
}

function entryEnd(node: MapNode, index: number): number {
  return Math.max(node.values[index]!.end, node.colons[index]! + 1, node.keys[index]!.end);
}

export function deleteFlowEntry(node: MapNode | SeqNode, index: number): Splice {
  const starts =
    node.kind === "map" ? node.keys.map((key) => key.outerStart) : node.items.map((item) => item.outerStart);
  const end = (i: number): number => (node.kind === "map" ? entryEnd(node, i) : node.items[i]!.end);
  if (index + 1 < starts.length) return { start: starts[index]!, end: starts[index + 1]!, text: "" };
  if (index > 0) return { start: end(index - 1), end: end(index), text: "" };
  return { start: starts[0]!, end: end(0), text: "" };
}
