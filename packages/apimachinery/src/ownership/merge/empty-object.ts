import type { JsonObject, JsonValue } from "../../json.ts";
import { definitionName } from "../../openapi/definitions.ts";
import { encodingOf } from "../../openapi/encoding.ts";
import { nodeOf, slotNode, typeBits, type Node } from "../../schema/node.ts";
import { compilerFor } from "../../schema/validate.ts";

/**
 * The object of a kind that is there before anything is: as Go encodes its zero value, in which structs, required
 * texts and the like are not missing. What a create sets of these is changed, not added.
 */
export function emptyObject(apiVersion: string, kind: string): JsonObject {
  const name = definitionName(apiVersion, kind);
  const empty = name === undefined ? {} : emptyStruct(nodeOf({ $ref: name }, compilerFor(), true), 0);
  return { ...empty, apiVersion, kind };
}

const deepest = 20;

function emptyStruct(node: Node, depth: number): JsonObject {
  const object: JsonObject = {};
  if (depth > deepest) return object;
  const { omitted, structs, texts } = encodingOf(node.name ?? "");
  for (const [key, slot] of node.properties ?? []) {
    if (omitted.has(key)) continue;
    if (structs.includes(key)) object[key] = emptyStruct(slotNode(slot), depth + 1);
    else if (texts.includes(key)) object[key] = "";
    else if (node.required.includes(key)) object[key] = zero(slotNode(slot));
  }
  return object;
}

function zero({ types }: Node): JsonValue {
  if (types === typeBits.string) return "";
  if (types === typeBits.integer || types === typeBits.number) return 0;
  return types === typeBits.boolean ? false : null;
}
