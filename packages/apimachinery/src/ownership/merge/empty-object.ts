import { isObject, setOwn, textOf, type JsonObject, type JsonValue } from "../../json.ts";
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

/**
 * A built-in object in which what Go's encoder always writes is never missing: null for a list or a time, as it is in
 * what the server compares.
 */
export function withZeroValues(object: JsonObject): JsonObject {
  const name = definitionName(textOf(object["apiVersion"]), textOf(object["kind"]));
  return name === undefined ? object : (fillZero(object, nodeOf({ $ref: name }, compilerFor(), true), 0) as JsonObject);
}

const deepest = 200;

/** Times that Go holds by value, which no `omitempty` leaves out; the schema does not tell them from pointers. */
const timesByValue = new Set([
  "finishedAt",
  "firstTimestamp",
  "lastHeartbeatTime",
  "lastProbeTime",
  "lastTimestamp",
  "lastTransitionTime",
  "lastUpdateTime",
  "startedAt",
]);
const time = /\.(Micro)?Time$/;

/** What the encoder writes of a struct's fields even where nothing is set. */
function* alwaysWritten(node: Node): Generator<readonly [string, JsonValue | undefined, Node]> {
  const { omitted, structs, texts } = encodingOf(node.name ?? "");
  for (const [key, slot] of node.properties ?? []) {
    if (omitted.has(key)) continue;
    const child = slotNode(slot);
    if (time.test(child.name ?? "")) {
      if (timesByValue.has(key) || node.required.includes(key)) yield [key, null, child];
      continue;
    }
    if (structs.includes(key)) yield [key, child.properties === undefined ? null : undefined, child];
    else if (texts.includes(key)) yield [key, "", child];
    else if (node.required.includes(key)) yield [key, zero(child), child];
  }
}

function emptyStruct(node: Node, depth: number): JsonObject {
  const object: JsonObject = {};
  if (depth > deepest) return object;
  for (const [key, value, child] of alwaysWritten(node)) object[key] = structOrNull(value, child, depth);
  return object;
}

function structOrNull(value: JsonValue | undefined, child: Node, depth: number): JsonValue {
  return value === undefined ? emptyStruct(child, depth + 1) : value;
}

function fillZero(value: JsonValue, node: Node, depth: number): JsonValue {
  if (depth > deepest) return value;
  if (Array.isArray(value)) {
    const child = node.items === undefined ? undefined : slotNode(node.items);
    return child === undefined ? value : value.map((item) => fillZero(item, child, depth + 1));
  }
  if (!isObject(value)) return value;
  const object: JsonObject = {};
  for (const key of Object.keys(value)) {
    const slot = node.properties?.get(key) ?? node.values;
    setOwn(object, key, slot === undefined ? value[key]! : fillZero(value[key]!, slotNode(slot), depth + 1));
  }
  for (const [key, zeroValue, child] of alwaysWritten(node)) {
    if (!Object.hasOwn(object, key)) object[key] = structOrNull(zeroValue, child, depth);
  }
  return object;
}

function zero({ types }: Node): JsonValue {
  if (types === typeBits.string) return "";
  if (types === typeBits.integer || types === typeBits.number) return 0;
  return types === typeBits.boolean ? false : null;
}
