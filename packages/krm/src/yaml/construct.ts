import { clone, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { scalarValue } from "./construct-scalar.ts";
import { YamlFailure } from "./failure.ts";
import { keyTextOf } from "./key-text.ts";
import type { AliasNode, MapNode, ScalarNode, YamlNode } from "./node.ts";
import type { YamlRemark } from "./remark.ts";
import { resolvePlain } from "./scalar.ts";
import { style } from "./token.ts";
import { coreTagPrefix } from "./tag.ts";

export interface ConstructOptions {
  readonly aliasNodes: number;
  readonly aliasText: number;
  readonly remark: (remark: YamlRemark) => void;
}

interface Anchor {
  readonly node: YamlNode;
  value: JsonValue;
  done: boolean;
  /** Nodes and characters below it, known once `done`. */
  nodes: number;
  characters: number;
}

interface State extends ConstructOptions {
  readonly anchors: Map<string, Anchor>;
  nodes: number;
  characters: number;
  spentNodes: number;
  spentText: number;
}

/**
 * The JSON value of a document as kubectl sees it (goyaml.v2 and sigs.k8s.io/yaml), except that a duplicate key is
 * reported where kubectl silently keeps the last one.
 * @throws {YamlFailure} for what kubectl refuses: unknown aliases, keys that are collections or null, NaN.
 */
export function construct(root: YamlNode, options: ConstructOptions): JsonValue {
  return toValue({ ...options, anchors: new Map(), nodes: 0, characters: 0, spentNodes: 0, spentText: 0 }, root);
}

function toValue(state: State, node: YamlNode): JsonValue {
  state.nodes++;
  if (node.kind === "alias") return expand(state, node, findAnchor(state, node));
  if (node.anchor !== "") return anchored(state, node);
  return plainValue(state, node);
}

function plainValue(state: State, node: Exclude<YamlNode, AliasNode>): JsonValue {
  if (node.kind === "scalar") {
    state.characters += node.value.length;
    return scalarValue(node, state.remark);
  }
  checkTag(state, node);
  if (node.kind === "map") return mapValue(state, node);
  const list: JsonValue[] = [];
  for (const item of node.items) list.push(toValue(state, item));
  return list;
}

function anchored(state: State, node: Exclude<YamlNode, AliasNode>): JsonValue {
  const anchor: Anchor = { node, value: null, done: false, nodes: 0, characters: 0 };
  state.anchors.set(node.anchor, anchor);
  const { nodes, characters } = state;
  anchor.value = plainValue(state, node);
  anchor.nodes = state.nodes - nodes + 1;
  anchor.characters = state.characters - characters;
  anchor.done = true;
  return anchor.value;
}

function findAnchor(state: State, node: AliasNode): Anchor {
  const anchor = state.anchors.get(node.name);
  if (anchor === undefined) {
    throw new YamlFailure(
      "alias",
      node.start,
      `the alias \`*${node.name}\` refers to no anchor before it`,
      `write \`&${node.name}\` where the value stands, or quote the text when it is meant to begin with \`*\``,
    );
  }
  if (!anchor.done) {
    throw new YamlFailure(
      "alias",
      node.start,
      `the alias \`*${node.name}\` stands inside the value that it refers to`,
      "a value cannot contain itself; write it out",
    );
  }
  return anchor;
}

/** Every alias gets its own copy, so that nobody changes two places of an object by accident. */
function expand(state: State, node: AliasNode, anchor: Anchor): JsonValue {
  spend(state, node, anchor);
  return clone(anchor.value);
}

function spend(state: State, node: YamlNode, anchor: Anchor): void {
  state.nodes += anchor.nodes;
  state.characters += anchor.characters;
  state.spentNodes += anchor.nodes;
  state.spentText += anchor.characters;
  if (state.spentNodes > state.aliasNodes || state.spentText > state.aliasText) {
    throw new YamlFailure(
      "aliasLimit",
      node.start,
      state.spentNodes > state.aliasNodes
        ? `aliases add more than ${state.aliasNodes} values to the document`
        : `aliases add more than ${state.aliasText} characters to the document`,
      "write the values out, or refer to fewer of them",
    );
  }
}

const knownCollectionTags = new Set(["map", "seq", "omap", "set", "pairs"].map((name) => coreTagPrefix + name));

function checkTag(state: State, node: YamlNode): void {
  if (node.tag === "" || node.tag === "!" || knownCollectionTags.has(node.tag)) return;
  state.remark({ kind: "unknownTag", offset: node.outerStart, tag: node.tag });
}

export function isMergeKey(node: YamlNode): boolean {
  if (node.kind !== "scalar" || node.value !== "<<") return false;
  return node.tag === `${coreTagPrefix}merge` || node.tag === "!" || (node.tag === "" && node.style === style.plain);
}

/** Where the keys of one map were written: a number for its own keys, `merged` for those that came through `<<`. */
type Origins = Map<string, number>;
const merged = -1;
/** Small maps are checked for duplicates without building an index of their keys. */
const smallMap = 8;

function mapValue(state: State, node: MapNode): JsonValue {
  const object: JsonObject = {};
  const { keys, values } = node;
  let origins: Origins | undefined = keys.length > smallMap || keys.some(isMergeKey) ? new Map() : undefined;
  for (let i = 0; i < keys.length; i++) {
    const keyNode = keys[i]!;
    if (origins !== undefined && isMergeKey(keyNode)) {
      state.nodes++;
      mergeInto(state, object, origins, keyNode, values[i]!);
      continue;
    }
    const key = keyText(state, keyNode);
    const value = toValue(state, values[i]!);
    if (Object.hasOwn(object, key)) {
      origins ??= indexOrigins(keys, i);
      const first = origins.get(key) ?? merged;
      if (first !== merged) {
        state.remark({ kind: "duplicate", offset: keyNode.start, firstOffset: first, key });
      }
    }
    origins?.set(key, keyNode.start);
    setOwn(object, key, value);
  }
  return object;
}

function indexOrigins(keys: readonly YamlNode[], count: number): Origins {
  const origins: Origins = new Map();
  for (const key of keys.slice(0, count)) {
    const text = keyOf(key);
    if (text !== undefined) origins.set(text, key.start);
  }
  return origins;
}

/** The text of a key that is a scalar; undefined for one that is refused, or that is an alias. */
export function keyOf(node: YamlNode): string | undefined {
  if (node.kind !== "scalar") return undefined;
  try {
    return keyText(quietState(), { ...node, anchor: "" });
  } catch (error) {
    if (error instanceof YamlFailure) return undefined;
    throw error;
  }
}

function quietState(): State {
  const unlimited = { aliasNodes: Infinity, aliasText: Infinity, remark: () => {} };
  return { ...unlimited, anchors: new Map(), nodes: 0, characters: 0, spentNodes: 0, spentText: 0 };
}

function keyText(state: State, node: YamlNode): string {
  if (node.kind === "scalar" && node.tag === "" && node.anchor === "" && node.style !== style.plain) {
    state.nodes++;
    state.characters += node.value.length;
    return node.value;
  }
  const value = node.kind === "scalar" ? keyValue(state, node) : toValue(state, node);
  return keyTextOf(value, node, node.kind === "alias" ? findAnchor(state, node).node : node);
}

/** Unlike as a value, `.inf` is possible as a key: it becomes text. */
function keyValue(state: State, node: ScalarNode): JsonValue {
  if (node.tag === "" && node.anchor === "" && node.style === style.plain) {
    state.nodes++;
    state.characters += node.value.length;
    return resolvePlain(node.value);
  }
  return toValue(state, node);
}

function mergeInto(state: State, object: JsonObject, origins: Origins, keyNode: YamlNode, node: YamlNode): void {
  // Earlier maps of a list win, so the last one is merged first.
  const sources = node.kind === "seq" ? node.items.toReversed() : [node];
  for (const source of sources) {
    const target = source.kind === "alias" ? findAnchor(state, source).node : source;
    if (target.kind !== "map") {
      throw new YamlFailure(
        "merge",
        source.start,
        "the merge key `<<` takes a map or a list of maps",
        "refer to a map, for example `<<: *defaults`; quote the key when text is meant",
      );
    }
    const value = toValue(state, source) as JsonObject;
    for (const key of Object.keys(value)) {
      if ((origins.get(key) ?? merged) !== merged) state.remark({ kind: "lateMerge", offset: keyNode.start, key });
      origins.set(key, merged);
      setOwn(object, key, value[key]!);
    }
  }
}
