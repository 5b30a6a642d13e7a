/** One step of a JSONPath as Kubernetes reads it (k8s.io/client-go/util/jsonpath). */
export type PathStep =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "wildcard" }
  | { readonly kind: "recursive" }
  | {
      readonly kind: "slice";
      readonly from: number | undefined;
      readonly to: SliceEnd;
      readonly step: number | undefined;
    }
  | { readonly kind: "union"; readonly paths: readonly (readonly PathStep[])[] }
  | { readonly kind: "filter"; readonly left: readonly PathStep[]; readonly test: FilterTest | undefined }
  | { readonly kind: "literal"; readonly value: string | number | boolean };

/** Of `[3]` the end is derived from the start. */
export type SliceEnd = { readonly value: number; readonly isDerived: boolean } | undefined;

/** Without one, the filter asks whether the left side is there. */
export interface FilterTest {
  readonly operator: string;
  readonly right: readonly PathStep[];
}

interface Reader {
  readonly text: string;
  at: number;
  readonly steps: PathStep[];
  readonly depth: number;
}

const maxDepth = 16;

/** Reads what stands between the braces of a template: `.spec.a`, `.items[?(@.b=="c")].d`; undefined for anything else. */
export function parseJsonPath(text: string): readonly PathStep[] | undefined {
  return read(text, 0);
}

function read(text: string, depth: number): readonly PathStep[] | undefined {
  if (depth > maxDepth) return undefined;
  const reader: Reader = { text, at: 0, steps: [], depth };
  while (reader.at < text.length) if (!readStep(reader)) return undefined;
  return reader.steps;
}

/** False when there is no step. */
function readStep(reader: Reader): boolean {
  const { text, steps } = reader;
  const rest = text.slice(reader.at);
  if (rest.startsWith("[?(")) return readFilter(reader);
  if (rest.startsWith("..")) {
    if (steps.at(-1)?.kind === "recursive") return false;
    reader.at += 2;
    steps.push({ kind: "recursive" });
    if (/^[\p{L}\p{N}_]/u.test(text.slice(reader.at))) readField(reader);
    return true;
  }
  const char = rest[0]!;
  if (char === " " || char === "@" || char === "$") {
    reader.at++;
    return true;
  }
  if (char === "[") return readBrackets(reader);
  if (char === '"' || char === "'") return readQuoted(reader, char);
  if (char === ".") {
    reader.at++;
    readField(reader);
    return true;
  }
  const number = /^[+-]?[\d.]*/.exec(rest)![0];
  if (number !== "") {
    reader.at += number.length;
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(number)) return false;
    steps.push({ kind: "literal", value: Number(number) });
    return true;
  }
  const word = /^(true|false)(?![^\s.,[\]$@{}])/.exec(rest)?.[1];
  if (word === undefined) return false;
  reader.at += word.length;
  steps.push({ kind: "literal", value: word === "true" });
  return true;
}

/** Up to what ends a name; a backslash takes the next character as it is. */
function readField(reader: Reader): void {
  const found = /^(?:\\[^]?|[^\\\s.,[\]$@{}])*/.exec(reader.text.slice(reader.at))![0];
  reader.at += found.length;
  if (found === "*") reader.steps.push({ kind: "wildcard" });
  else reader.steps.push({ kind: "field", name: found.replaceAll("\\", "") });
}

function readBrackets(reader: Reader): boolean {
  const end = reader.text.indexOf("]", reader.at);
  if (end < 0) return false;
  const inner = reader.text.slice(reader.at + 1, end);
  reader.at = end + 1;
  return pushIndex(reader, inner === "*" ? ":" : inner);
}

function pushIndex(reader: Reader, inner: string): boolean {
  const parts = inner.split(",");
  if (parts.length > 1) {
    const paths = parts.map((part) => read(`[${part.trim()}]`, reader.depth + 1));
    if (paths.some((path) => path === undefined)) return false;
    reader.steps.push({ kind: "union", paths: paths as (readonly PathStep[])[] });
    return true;
  }
  const key = /^'([^']*)'$/.exec(inner);
  if (key !== null) {
    const path = read(`.${key[1]!}`, reader.depth + 1);
    if (path === undefined) return false;
    reader.steps.push(...path);
    return true;
  }
  const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(inner);
  if (slice === null) return false;
  const numbers = [slice[1]!, slice[2]?.slice(1) ?? "", slice[3]?.slice(1) ?? ""].map((part) =>
    part === "" ? undefined : Number(part),
  );
  if (numbers.some((one) => Number.isNaN(one))) return false;
  const [from, to, step] = numbers;
  const derived: SliceEnd = slice[2] === undefined ? { value: (from ?? 0) + 1, isDerived: true } : undefined;
  reader.steps.push({
    kind: "slice",
    from,
    to: to === undefined ? derived : { value: to, isDerived: false },
    step,
  });
  return true;
}

function readFilter(reader: Reader): boolean {
  const found = /^\[\?\(((?:[^"')]|"(?:\\"|[^"])*"|'(?:\\'|[^'])*')*)\)\]/.exec(reader.text.slice(reader.at));
  if (found === null) return false;
  reader.at += found[0].length;
  const inner = found[1]!;
  const parts = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(inner);
  const left = read(parts === null ? inner : parts[1]!, reader.depth + 1);
  if (left === undefined) return false;
  if (parts === null) {
    reader.steps.push({ kind: "filter", left, test: undefined });
    return true;
  }
  const right = read(parts[3]!, reader.depth + 1);
  if (right === undefined) return false;
  reader.steps.push({ kind: "filter", left, test: { operator: parts[2]!, right } });
  return true;
}

function readQuoted(reader: Reader, quote: string): boolean {
  const pattern = quote === '"' ? /^"((?:\\"|[^"\n])*)"/ : /^'((?:\\'|[^'\n])*)'/;
  const found = pattern.exec(reader.text.slice(reader.at));
  if (found === null) return false;
  reader.at += found[0].length;
  reader.steps.push({ kind: "literal", value: found[1]!.replace(/\\(.)/g, "$1") });
  return true;
}
