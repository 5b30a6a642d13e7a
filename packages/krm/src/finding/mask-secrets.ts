import type { YamlNode } from "../yaml/node.ts";
import { parseTree } from "../yaml/locate.ts";
import { splitDocuments, type DocumentSource } from "../yaml/split.ts";
import { isSensitive, mask } from "./sensitive.ts";

/**
 * The text with every value masked that may be secret: data of Secrets, values of environment variables, of keys that
 * are called token or password and the like, private keys in PEM and bearer tokens wherever they stand. Lines keep
 * their numbers; columns left of a masked value keep theirs. Documents that cannot be parsed are masked line by line,
 * rather too much than too little.
 */
export function maskSecrets(text: string): string {
  return withoutKeys(withoutValues(text));
}

const secretKey = /^(?:[\w.-]*[_.-])?(?:token|password|passwd|secret|private[_-]?key|client-key-data)$/i;
const secretKeyInText =
  /(?<![\w.-])(?:[\w.-]*[_.-])?(?:token|password|passwd|secret|private[_-]?key|client-key-data)["']?\s*:/i;

function withoutValues(text: string): string {
  if (!/Secret|\benv["']?\s*:/.test(text) && !secretKeyInText.test(text)) return text;
  const ranges: [number, number][] = [];
  for (const source of splitDocuments(text)) {
    const root = parseTree(source);
    if (root === undefined) ranges.push(...guess(source));
    else collect(root, kindOf(root), [], ranges, 0);
  }
  let masked = "";
  let from = 0;
  for (const [start, end] of ranges) {
    if (start < from) continue;
    masked += text.slice(from, start) + maskRange(text.slice(start, end));
    from = end;
  }
  return masked + text.slice(from);
}

/** `DB_PASSWORD="…"`, `--token=…` */
const assigned =
  /((?<![\w.-])(?:[\w.-]*[_.-])?(?:token|password|passwd|secret|private[_-]?key)\s*=\s*)("[^"\r\n]+"?|'[^'\r\n]+'?|[^\s"'=][^\s"']*)/gi;

/** Without private keys in PEM, of which the end may be missing, and without what proves who sends a request. */
function withoutKeys(text: string): string {
  return text
    .replaceAll(
      /(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)([\s\S]*?)(-----END [A-Z0-9 ]*PRIVATE KEY-----|$(?![\s\S]))/g,
      (_, begin: string, key: string, end: string) => begin + key.replaceAll(/[^\s][^\r\n]*/g, mask) + end,
    )
    .replaceAll(assigned, `$1${mask}`)
    .replaceAll(/(\bBearer\s+)[\w.~+/=-]{8,}/gi, `$1${mask}`);
}

/** Line breaks stay, so that the lines keep their numbers. */
function maskRange(text: string): string {
  return text.replaceAll(/[^\r\n]*[^\r\n\s][^\r\n]*/g, mask);
}

function kindOf(node: YamlNode): string {
  if (node.kind !== "map") return "";
  for (let i = 0; i < node.keys.length; i++) {
    const key = node.keys[i]!;
    const value = node.values[i]!;
    if (key.kind === "scalar" && key.value === "kind" && value.kind === "scalar") return value.value;
  }
  return "";
}

function collect(
  node: YamlNode,
  kind: string,
  path: (string | number)[],
  into: [number, number][],
  depth: number,
): void {
  if (isSensitive(kind, path) || isSecretKey(path)) {
    if (node.kind === "scalar" && node.end > node.start) into.push([node.start, node.end]);
    if (node.kind === "scalar" || node.kind === "alias") return;
  }
  if (node.kind === "seq") {
    node.items.forEach((item, index) => child(item, kind, [...path, index], into, depth));
  } else if (node.kind === "map") {
    node.keys.forEach((key, index) => {
      if (key.kind === "scalar") child(node.values[index]!, kind, [...path, key.value], into, depth);
    });
  }
}

/** What is no scalar says where a secret is to be found, or what it is called. */
function isSecretKey(path: readonly (string | number)[]): boolean {
  const key = path.at(-1);
  return typeof key === "string" && secretKey.test(key);
}

/** An object within an object (an item of a List) is judged by its own kind. */
function child(node: YamlNode, kind: string, path: (string | number)[], into: [number, number][], depth: number): void {
  const own = path.length > 0 && typeof path[path.length - 1] === "number" ? kindOf(node) : "";
  if (own === "") collect(node, kind, path, into, depth + 1);
  else collect(node, own, [], into, depth + 1);
}

/** Without a tree: in a document that speaks of a Secret everything but its keys, else what follows `value:` and such. */
function guess(source: DocumentSource): [number, number][] {
  const text = source.text.slice(source.start, source.end);
  const secret = /kind["']?\s*:\s*["']?\w*Secret/.test(text);
  const pattern = secret
    ? /^(\s*(?:- )*(?:["']?[\w./-]+["']?\s*:(?!\S))?)[^\S\n]*(\S[^\n]*)$/gm
    : new RegExp(`(\\bvalue["']?\\s*:|${secretKeyInText.source})[^\\S\\n]*(\\S[^\\n]*)`, "gi");
  const ranges: [number, number][] = [];
  for (const match of text.matchAll(pattern)) {
    const [whole, key = "", value = ""] = match;
    if (
      secret &&
      (/^\s*["']?(?:apiVersion|kind|metadata|name|namespace|type)["']?\s*:$/.test(key) || value.startsWith("---"))
    )
      continue;
    const start = source.start + match.index + whole.length - value.length;
    ranges.push([start, start + value.length]);
  }
  return ranges;
}
