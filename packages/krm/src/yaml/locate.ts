import type { FieldPath } from "@fairlead/apimachinery";
import type { Finding } from "../finding/finding.ts";
import { keyOf, isMergeKey } from "./construct.ts";
import { YamlFailure } from "./failure.ts";
import { defaultYamlLimits } from "./limits.ts";
import type { AliasNode, MapNode, YamlNode } from "./node.ts";
import { parseDocumentNode } from "./parse-node.ts";
import type { ParsedDocument } from "./parse.ts";
import type { Position } from "./position.ts";
import { positionFinder, type DocumentSource } from "./split.ts";

/** The syntax tree of a document that was read before, or undefined when it cannot be parsed. */
export function parseTree(source: DocumentSource): YamlNode | undefined {
  try {
    return parseDocumentNode(source, defaultYamlLimits).root;
  } catch (error) {
    if (error instanceof YamlFailure) return undefined;
    throw error;
  }
}

/**
 * Where the key or the value at `path` stands, lines and columns from 1. A path that does not exist gives the place of
 * its nearest ancestor that does; values that come through an alias or `<<` are found where they are written.
 */
export function locate(document: ParsedDocument, path: FieldPath, what: "key" | "value" = "key"): Position {
  return locator(document)(path, what);
}

/** As `locate`, for many paths of one document, which is parsed once, when it is asked for the first time. */
export function locator(document: ParsedDocument): (path: FieldPath, what?: "key" | "value") => Position {
  const { source } = document;
  const positionOf = positionFinder(source);
  let tree: { root: YamlNode | undefined; anchors: Map<string, YamlNode> } | undefined;
  return (path, what = "key") => {
    if (tree === undefined) {
      tree = { root: parseTree(source), anchors: new Map() };
      if (tree.root !== undefined) collectAnchors(tree.root, tree.anchors);
    }
    const { root, anchors } = tree;
    return positionOf(root === undefined ? source.contentStart : offsetOf(root, anchors, path, what));
  };
}

/** Adds file, line and column to a finding that has a field but no place. */
export function placeFinding(finding: Finding, document: ParsedDocument, prefix: FieldPath = []): Finding {
  if (finding.line !== undefined) return finding;
  const file = document.file === undefined ? {} : { file: document.file };
  return { ...finding, ...file, ...locate(document, [...prefix, ...(finding.field ?? [])]) };
}

function offsetOf(
  root: YamlNode,
  anchors: ReadonlyMap<string, YamlNode>,
  path: FieldPath,
  what: "key" | "value",
): number {
  let node = root;
  let offset = root.start;
  for (const step of path) {
    const child = childAt(deref(node, anchors), step, anchors);
    if (child === undefined) return offset;
    node = child.node;
    offset = what === "key" || isEmpty(node) ? child.offset : node.outerStart;
  }
  return offset;
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === "scalar" && node.start === node.end;
}

function deref(node: YamlNode, anchors: ReadonlyMap<string, YamlNode>): Exclude<YamlNode, AliasNode> | undefined {
  let current: YamlNode | undefined = node;
  for (let hops = 0; current !== undefined && current.kind === "alias" && hops < 16; hops++)
    current = anchors.get(current.name);
  return current === undefined || current.kind === "alias" ? undefined : current;
}

function childAt(
  node: YamlNode | undefined,
  step: string | number,
  anchors: ReadonlyMap<string, YamlNode>,
): { node: YamlNode; offset: number } | undefined {
  if (node?.kind === "seq" && typeof step === "number") {
    const item = node.items[step];
    return item === undefined
      ? undefined
      : { node: item, offset: isEmpty(item) ? (node.dashes[step] ?? item.start) : item.outerStart };
  }
  if (node?.kind !== "map") return undefined;
  return childOfMap(node, String(step), anchors, 0);
}

/** The last entry that sets the key: what kubectl takes. */
function childOfMap(
  node: MapNode,
  step: string,
  anchors: ReadonlyMap<string, YamlNode>,
  depth: number,
): { node: YamlNode; offset: number } | undefined {
  if (depth > 16) return undefined;
  for (let i = node.keys.length - 1; i >= 0; i--) {
    const key = node.keys[i]!;
    const value = node.values[i]!;
    if (!isMergeKey(key)) {
      const target = deref(key, anchors);
      if (target !== undefined && keyOf(target) === step) return { node: value, offset: key.outerStart };
      continue;
    }
    for (const source of value.kind === "seq" ? value.items : [value]) {
      const target = deref(source, anchors);
      const found = target?.kind === "map" ? childOfMap(target, step, anchors, depth + 1) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** An anchor may be set again; the last one is close enough for a position. */
function collectAnchors(node: YamlNode, into: Map<string, YamlNode>): void {
  if (node.anchor !== "") into.set(node.anchor, node);
  if (node.kind === "map") {
    for (const child of node.keys) collectAnchors(child, into);
    for (const child of node.values) collectAnchors(child, into);
  } else if (node.kind === "seq") {
    for (const child of node.items) collectAnchors(child, into);
  }
}
