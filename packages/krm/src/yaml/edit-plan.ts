import type { FieldPath, JsonValue } from "@fairlead/apimachinery";
import { keyOf } from "./construct.ts";
import { deleteBlockEntry, insertBlockItem, insertBlockKey, replaceBlockValue, type Place } from "./edit-block.ts";
import { deleteFlowEntry, flowText, insertFlow } from "./edit-flow.ts";
import type { Edit, Refusal, Splice } from "./edit.ts";
import type { MapNode, YamlNode } from "./node.ts";
import type { ParsedDocument } from "./parse.ts";
import { isCollection, print } from "./print.ts";
import { doubleQuoted, singleQuoted, stringForm } from "./quote.ts";
import { styleOf, type TextStyle } from "./text-style.ts";
import { style } from "./token.ts";

type Planned = { readonly splices: readonly Splice[] } | Refusal;

const throughAlias: Refusal = { code: "FL036", message: "it comes through an alias or a merge key" };

/** Finds the text that an edit changes. The edit itself is known to fit the value of the document. */
export function planEdit(document: ParsedDocument, root: YamlNode, edit: Edit): Planned {
  const { source } = document;
  const textStyle = styleOf(source, root);
  let place: Place = { kind: "root", node: root };
  for (let i = 0; i < edit.path.length; i++) {
    const { node } = place;
    const step = edit.path[i]!;
    if (node.kind === "alias") return throughAlias;
    const child = childPlace(node, step);
    if (child !== undefined) {
      place = child;
      continue;
    }
    if (edit.op === "delete" || edit.op === "rename") return throughAlias;
    const rest = edit.path.slice(i + 1);
    if (rest.length > 0 && node.kind === "map" && node.keys.some((key) => keyOf(key) === "<<")) return throughAlias;
    return addTo(place, step, nest(rest, edit.value), textStyle);
  }
  return changeAt(place, edit, textStyle);
}

/** `{a: {b: value}}` for the path `[a, b]`. */
function nest(path: FieldPath, value: JsonValue): JsonValue {
  return path.reduceRight<JsonValue>((inner, step) => ({ [step]: inner }), value);
}

function childPlace(node: YamlNode, step: string | number): Place | undefined {
  if (node.kind === "seq" && typeof step === "number") {
    const item = node.items[step];
    return item === undefined ? undefined : { kind: "item", parent: node, index: step, node: item };
  }
  if (node.kind !== "map") return undefined;
  for (let index = node.keys.length - 1; index >= 0; index--) {
    if (keyOf(node.keys[index]!) === String(step))
      return { kind: "entry", parent: node, index, node: node.values[index]! };
  }
  return undefined;
}

function addTo(place: Place, step: string | number, value: JsonValue, textStyle: TextStyle): Planned {
  const { node } = place;
  if (node.kind === "scalar") return replace(place, nest([step], value), textStyle);
  if (node.kind === "alias") return throughAlias;
  const size = node.kind === "map" ? node.keys.length : node.items.length;
  const inFlow = place.kind !== "root" && place.parent.flow;
  if (size === 0 && !inFlow && !textStyle.json) {
    return replace(place, node.kind === "map" ? nest([step], value) : [value], textStyle);
  }
  if (node.flow) return { splices: [insertFlow(node, step, value, textStyle)] };
  if (node.kind === "map") return { splices: insertBlockKey(node, String(step), value, textStyle) };
  return { splices: insertBlockItem(node, Number(step), value, textStyle) };
}

function changeAt(place: Place, edit: Edit, textStyle: TextStyle): Planned {
  switch (edit.op) {
    case "set":
      return replace(place, edit.value, textStyle);
    case "insert":
      if (place.kind !== "item") return { code: "FL037", message: "the key exists already" };
      return place.parent.flow
        ? { splices: [insertFlow(place.parent, place.index, edit.value, textStyle)] }
        : { splices: insertBlockItem(place.parent, place.index, edit.value, textStyle) };
    case "rename":
      return place.kind === "entry"
        ? rename(place.parent, place.index, edit.to)
        : { code: "FL037", message: "only keys have names" };
    case "delete":
      if (place.kind === "root") return { code: "FL037", message: "a whole document cannot be deleted" };
      return place.parent.flow
        ? { splices: [deleteFlowEntry(place.parent, place.index)] }
        : { splices: deleteBlockEntry(place, textStyle) };
  }
}

function rename(parent: MapNode, index: number, to: string): Planned {
  const key = parent.keys[index]!;
  if (key.kind !== "scalar") return throughAlias;
  const form = key.style === style.double ? "double" : stringForm(to);
  const flowUnsafe = parent.flow && /[,[\]{}?]/.test(to);
  const text =
    form === "plain" && !flowUnsafe ? to : form === "plain" || form === "single" ? singleQuoted(to) : doubleQuoted(to);
  return {
    splices: [{ start: key.start, end: key.end, text: key.style === style.double ? JSON.stringify(to) : text }],
  };
}

function replace(place: Place, value: JsonValue, textStyle: TextStyle): Planned {
  const { node } = place;
  const anchored = node.kind !== "alias" && node.anchor !== "" ? `&${node.anchor} ` : "";
  if (place.kind === "root") {
    if (textStyle.json)
      return { splices: [{ start: node.outerStart, end: node.end, text: flowText(value, textStyle) }] };
    const text = textStyle.fit(print(value, textStyle).slice(0, -1), 0);
    return { splices: [{ start: node.outerStart, end: node.end, text: isCollection(value) ? text : anchored + text }] };
  }
  if (place.parent.flow) {
    const text = anchored + flowText(value, textStyle, node);
    // `{a}` and `{a:}` have no place for a value yet.
    if (place.kind === "entry" && node.start === node.end) {
      const colon = place.parent.colons[place.index]!;
      const at = colon < 0 ? place.parent.keys[place.index]!.end : colon + 1;
      return { splices: [{ start: at, end: at, text: `${colon < 0 ? ":" : ""} ${text}` }] };
    }
    return { splices: [{ start: node.outerStart, end: node.end, text }] };
  }
  return { splices: replaceBlockValue(place, value, anchored, textStyle) };
}
