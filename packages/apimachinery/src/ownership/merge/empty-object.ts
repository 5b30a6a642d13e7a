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
  return { ...(name === undefined ? {} : emptyOf(name)), apiVersion, kind };
}

const empties = new Map<string, JsonObject>();

/** Made once, and frozen: all that are made of it have its parts in common. */
function emptyOf(name: string): JsonObject {
  let empty = empties.get(name);
  if (empty === undefined) empties.set(name, (empty = frozen(emptyStruct(nodeNamed(name), 0))));
  return empty;
}

function frozen(object: JsonObject): JsonObject {
  for (const value of Object.values(object)) if (isObject(value)) frozen(value);
  return Object.freeze(object);
}

const named = new Map<string, Node>();

function nodeNamed(name: string): Node {
  let node = named.get(name);
  if (node === undefined) named.set(name, (node = nodeOf({ $ref: name }, compilerFor(), true)));
  return node;
}

/**
 * Two states of a built-in object in which what Go's encoder always writes is never missing: null for a list or a time,
 * as it is in what the server compares. What both have in common, as one and the same object, is left as it is.
 */
export function withZeroValues(before: JsonObject, after: JsonObject): readonly [JsonObject, JsonObject] {
  return [filledBeside(before, after), filledBeside(after, before)];
}

function filledBeside(object: JsonObject, other: JsonObject): JsonObject {
  const name = definitionName(textOf(object["apiVersion"]), textOf(object["kind"]));
  return name === undefined ? object : (fillZero(object, other, nodeNamed(name), 0) as JsonObject);
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

type Written = readonly [key: string, value: JsonValue | undefined, node: Node];

const written = new WeakMap<Node, readonly Written[]>();

/** What the encoder writes of a struct's fields even where nothing is set. */
function alwaysWritten(node: Node): readonly Written[] {
  let known = written.get(node);
  if (known === undefined) written.set(node, (known = [...findWritten(node)]));
  return known;
}

function* findWritten(node: Node): Generator<Written> {
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
    // A list that may be missing, and is null then: `rules` of a ClusterRole, `endpoints` of an EndpointSlice.
    else if (child.types === typeBits.array) yield [key, null, child];
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

function fillZero(value: JsonValue, other: JsonValue | undefined, node: Node, depth: number): JsonValue {
  if (depth > deepest || typeof value !== "object" || value === other) return value;
  if (Array.isArray(value)) {
    const child = node.items === undefined ? undefined : slotNode(node.items);
    return child === undefined ? value : value.map((item) => fillZero(item, undefined, child, depth + 1));
  }
  if (!isObject(value)) return value;
  const beside = isObject(other) ? other : undefined;
  const object: JsonObject = { ...value };
  for (const key of Object.keys(value)) {
    const part = value[key]!;
    if (typeof part !== "object" || part === null) continue;
    const slot = node.properties?.get(key) ?? node.values;
    if (slot === undefined) continue;
    const partBeside = beside !== undefined && Object.hasOwn(beside, key) ? beside[key] : undefined;
    setOwn(object, key, fillZero(part, partBeside, slotNode(slot), depth + 1));
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
