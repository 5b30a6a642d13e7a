import { YamlFailure } from "./failure.ts";
import type { YamlLimits } from "./limits.ts";
import type { MapNode, SeqNode, YamlNode } from "./node.ts";
import { expected, missingNode, trailing, wrongIndentation } from "./parse-failures.ts";
import type { DocumentSource } from "./split.ts";
import { Scanner, type ScanOptions } from "./scan.ts";
import { style, token } from "./token.ts";

export interface ParseNodeOptions extends ScanOptions {
  readonly maxDepth: number;
  readonly maxNodes: number;
}

interface Parser {
  readonly scanner: Scanner;
  readonly maxDepth: number;
  readonly maxNodes: number;
  depth: number;
  nodes: number;
}

/**
 * Parses one document, with libyaml's grammar.
 * `next` is where another JSON value begins directly behind the first, which kubectl accepts, too.
 * @throws {YamlFailure} for the first mistake.
 */
export function parseNode(text: string, options: ParseNodeOptions): { root: YamlNode; next?: number } {
  const scanner = new Scanner(text, options);
  const parser: Parser = { scanner, maxDepth: options.maxDepth, maxNodes: options.maxNodes, depth: 0, nodes: 0 };
  if (scanner.peek() === token.end) return { root: emptyScalar(options.start) };
  const root = readNode(parser, true, false);
  const rest = scanner.peek();
  if (rest === token.end) return { root };
  if (rest === token.flowMapStart && root.kind === "map" && root.flow)
    return { root, next: scanner.starts[scanner.head]! };
  throw trailing(scanner, rest);
}

export function parseDocumentNode(source: DocumentSource, limits: YamlLimits): { root: YamlNode; next?: number } {
  return parseNode(source.text, {
    start: source.contentStart,
    end: source.end,
    column: source.column,
    directives: source.directives,
    maxScalar: limits.scalar,
    maxDepth: limits.depth,
    maxNodes: limits.nodes,
  });
}

function emptyScalar(at: number, outerStart = at, tag = "", anchor = ""): YamlNode {
  return { kind: "scalar", start: at, end: at, outerStart, tag, anchor, value: "", style: style.plain };
}

/** Consumes the next token and returns its index. */
function take(parser: Parser): number {
  return parser.scanner.head++;
}

function readNode(parser: Parser, block: boolean, indentless: boolean): YamlNode {
  const { scanner } = parser;
  if (++parser.nodes > parser.maxNodes) {
    throw new YamlFailure(
      "nodesLimit",
      scanner.starts[scanner.head]!,
      `the document has more than ${parser.maxNodes} values`,
    );
  }
  let kind = scanner.peek();
  let at = scanner.starts[scanner.head]!;
  const outerStart = at;
  if (kind === token.alias) {
    const index = take(parser);
    return {
      kind: "alias",
      start: at,
      end: scanner.ends[index]!,
      outerStart,
      tag: "",
      anchor: "",
      name: scanner.values[index]!,
    };
  }
  let tag = "";
  let anchor = "";
  let lastEnd = at;
  while ((kind === token.anchor && anchor === "") || (kind === token.tag && tag === "")) {
    const index = take(parser);
    lastEnd = scanner.ends[index]!;
    if (kind === token.anchor) anchor = scanner.values[index]!;
    else tag = scanner.values[index]!;
    kind = scanner.peek();
    at = scanner.starts[scanner.head]!;
  }
  if (kind === token.scalar) {
    const index = take(parser);
    return {
      kind: "scalar",
      start: at,
      end: scanner.ends[index]!,
      outerStart,
      tag,
      anchor,
      value: scanner.values[index]!,
      style: scanner.styles[index]!,
    };
  }
  if (++parser.depth > parser.maxDepth) {
    throw new YamlFailure("depthLimit", at, `values are nested more than ${parser.maxDepth} levels deep`);
  }
  const node = readCollection(parser, kind, block, indentless, { start: at, end: at, outerStart, tag, anchor });
  parser.depth--;
  if (node !== undefined) return node;
  if (tag !== "" || anchor !== "") return emptyScalar(lastEnd, outerStart, tag, anchor);
  throw missingNode(scanner, kind, at);
}

type Base = Pick<MapNode, "start" | "end" | "outerStart" | "tag" | "anchor">;

function readCollection(
  parser: Parser,
  kind: number,
  block: boolean,
  indentless: boolean,
  base: Base,
): YamlNode | undefined {
  if (indentless && kind === token.blockEntry) return readIndentlessSeq(parser, base);
  switch (kind) {
    case token.flowSeqStart:
      return readFlowSeq(parser, base);
    case token.flowMapStart:
      return readFlowMap(parser, base);
    case token.blockSeqStart:
      return block ? readBlockSeq(parser, base) : undefined;
    case token.blockMapStart:
    case token.mapStartAndKey:
      return block ? readBlockMap(parser, kind, base) : undefined;
    default:
      return undefined;
  }
}

function readBlockSeq(parser: Parser, base: Base): SeqNode {
  const { scanner } = parser;
  const node: SeqNode = { kind: "seq", ...base, flow: false, items: [], dashes: [] };
  take(parser);
  while (true) {
    const kind = scanner.peek();
    const at = scanner.starts[scanner.head]!;
    if (kind === token.blockEntry) {
      readItem(parser, node, at);
    } else if (kind === token.blockEnd) {
      take(parser);
      return node;
    } else {
      throw new YamlFailure(
        "indentation",
        at,
        "this line stands at the level of the list that begins in line {line}, but it is not a list item",
        "begin it with `- `, or indent it like the key that it belongs to",
        node.start,
      );
    }
  }
}

function readIndentlessSeq(parser: Parser, base: Base): SeqNode {
  const node: SeqNode = { kind: "seq", ...base, flow: false, items: [], dashes: [] };
  while (parser.scanner.peek() === token.blockEntry)
    readItem(parser, node, parser.scanner.starts[parser.scanner.head]!, true);
  return node;
}

function readItem(parser: Parser, node: SeqNode, dash: number, indentless = false): void {
  const { scanner } = parser;
  const end = scanner.ends[take(parser)]!;
  const kind = scanner.peek();
  const empty =
    kind === token.blockEntry ||
    kind === token.blockEnd ||
    (indentless && (kind === token.key || kind === token.value));
  const item = empty ? emptyScalar(end) : readNode(parser, true, false);
  node.items.push(item);
  node.dashes.push(dash);
  node.end = item.end;
}

function readBlockMap(parser: Parser, startKind: number, base: Base): MapNode {
  const { scanner } = parser;
  const node: MapNode = { kind: "map", ...base, flow: false, keys: [], values: [], colons: [] };
  if (startKind === token.mapStartAndKey) scanner.kinds[scanner.head] = token.key;
  else take(parser);
  while (true) {
    const kind = scanner.peek();
    const at = scanner.starts[scanner.head]!;
    if (kind === token.key) {
      const end = scanner.ends[take(parser)]!;
      const next = scanner.peek();
      const empty = next === token.key || next === token.value || next === token.blockEnd;
      node.keys.push(empty ? emptyScalar(end) : readNode(parser, true, true));
      readBlockValue(parser, node);
    } else if (kind === token.blockEnd) {
      take(parser);
      return node;
    } else if (kind === token.value) {
      throw new YamlFailure("key", at, "a value has no key", "write the key before the colon");
    } else {
      throw wrongIndentation(scanner, node, kind, at);
    }
  }
}

function readBlockValue(parser: Parser, node: MapNode): void {
  const { scanner } = parser;
  let value: YamlNode;
  node.colons.push(colonAt(scanner));
  if (scanner.peek() === token.value) {
    const end = scanner.ends[take(parser)]!;
    const kind = scanner.peek();
    const empty = kind === token.key || kind === token.value || kind === token.blockEnd;
    value = empty ? emptyScalar(end) : readNode(parser, true, true);
  } else {
    value = emptyScalar(node.keys[node.keys.length - 1]!.end);
  }
  node.values.push(value);
  node.end = value.end;
}

function readFlowSeq(parser: Parser, base: Base): SeqNode {
  const { scanner } = parser;
  const node: SeqNode = { kind: "seq", ...base, flow: true, items: [], dashes: [] };
  take(parser);
  let first = true;
  while (true) {
    let kind = scanner.peek();
    if (kind !== token.flowSeqEnd && !first) {
      const at = scanner.starts[scanner.head]!;
      if (kind !== token.flowEntry) throw expected(scanner, kind, at, node.start, "]");
      take(parser);
      kind = scanner.peek();
    }
    first = false;
    if (kind === token.flowSeqEnd) {
      node.end = scanner.ends[take(parser)]!;
      return node;
    }
    if (kind === token.end) throw expected(scanner, kind, node.start, node.start, "]");
    node.items.push(kind === token.key ? readFlowPair(parser) : readNode(parser, false, false));
  }
}

/** `[a: b]` is a list of one map. */
function readFlowPair(parser: Parser): MapNode {
  const { scanner } = parser;
  const at = scanner.starts[take(parser)]!;
  const node: MapNode = {
    kind: "map",
    start: at,
    end: at,
    outerStart: at,
    tag: "",
    anchor: "",
    flow: true,
    keys: [],
    values: [],
    colons: [],
  };
  const stops = (kind: number): boolean => kind === token.flowEntry || kind === token.flowSeqEnd;
  const kind = scanner.peek();
  node.keys.push(kind === token.value || stops(kind) ? emptyScalar(at) : readNode(parser, false, false));
  node.colons.push(colonAt(scanner));
  node.values.push(readFlowValue(parser, stops, node.keys[0]!.end));
  node.end = node.values[0]!.end;
  return node;
}

function readFlowValue(parser: Parser, stops: (kind: number) => boolean, keyEnd: number): YamlNode {
  const { scanner } = parser;
  if (scanner.peek() !== token.value) return emptyScalar(keyEnd);
  const end = scanner.ends[take(parser)]!;
  return stops(scanner.peek()) ? emptyScalar(end) : readNode(parser, false, false);
}

/** Where the `:` stands if it comes next, else -1. */
function colonAt(scanner: Scanner): number {
  return scanner.peek() === token.value ? scanner.starts[scanner.head]! : -1;
}

function stopsMap(kind: number): boolean {
  return kind === token.flowEntry || kind === token.flowMapEnd;
}

function readFlowMap(parser: Parser, base: Base): MapNode {
  const { scanner } = parser;
  const node: MapNode = { kind: "map", ...base, flow: true, keys: [], values: [], colons: [] };
  take(parser);
  let first = true;
  while (true) {
    let kind = scanner.peek();
    if (kind !== token.flowMapEnd && !first) {
      const at = scanner.starts[scanner.head]!;
      if (kind !== token.flowEntry) throw expected(scanner, kind, at, node.start, "}");
      take(parser);
      kind = scanner.peek();
    }
    first = false;
    if (kind === token.flowMapEnd) {
      node.end = scanner.ends[take(parser)]!;
      return node;
    }
    if (kind === token.end) throw expected(scanner, kind, node.start, node.start, "}");
    if (kind === token.key) {
      const end = scanner.ends[take(parser)]!;
      const next = scanner.peek();
      const key = next === token.value || stopsMap(next) ? emptyScalar(end) : readNode(parser, false, false);
      node.keys.push(key);
      node.colons.push(colonAt(scanner));
      node.values.push(readFlowValue(parser, stopsMap, key.end));
    } else {
      const key = readNode(parser, false, false);
      node.keys.push(key);
      node.colons.push(-1);
      node.values.push(emptyScalar(key.end));
    }
  }
}
