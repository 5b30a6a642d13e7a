import { TemplateFailure } from "./nodes.ts";

/** A piece of a template: text between actions, or what stands between `{{` and `}}`. */
export type Piece =
  | { readonly kind: "text"; readonly at: number; readonly text: string }
  | { readonly kind: "action"; readonly at: number; readonly tokens: readonly Token[] };

export interface Token {
  readonly kind: "field" | "variable" | "word" | "literal" | "mark";
  readonly at: number;
  /** A field without its dot, a variable with its `$`; `.` alone is a mark. */
  readonly text: string;
  readonly value?: string | number | boolean | undefined;
  /** White space stands before it: `(a).b` is a chain, `(a) .b` are two terms. */
  readonly spaced: boolean;
}

const opening = "{{";

/** Cuts a template into pieces; trim marks (`{{-`, `-}}`) are obeyed and comments dropped. @throws TemplateFailure */
export function cut(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimsNext = false;
  for (;;) {
    const start = text.indexOf(opening, at);
    const end = start === -1 ? text.length : start;
    const trimsBefore = start !== -1 && text[start + 2] === "-" && isSpace(text[start + 3]);
    let plain = text.slice(at, end);
    if (trimsNext) plain = plain.replace(/^[ \t\r\n]+/, "");
    if (trimsBefore) plain = trimmedEnd(plain);
    if (plain !== "") pieces.push({ kind: "text", at, text: plain });
    if (start === -1) return pieces;
    const inside = start + (trimsBefore ? 3 : 2);
    const comment = text.startsWith("/*", skipSpace(text, inside));
    const read = comment ? readComment(text, inside, start) : readTokens(text, inside, start);
    if (!comment) pieces.push({ kind: "action", at: start, tokens: read.tokens });
    at = read.end;
    trimsNext = read.trims;
  }
}

interface Read {
  readonly tokens: readonly Token[];
  readonly end: number;
  readonly trims: boolean;
}

function readComment(text: string, from: number, start: number): Read {
  const end = text.indexOf("*/", from);
  if (end === -1) throw new TemplateFailure(start, "unclosed comment");
  const rest = /^[ \t\r\n]*(?:[ \t\r\n]-)?\}\}/.exec(text.slice(end + 2, end + 200));
  if (rest === null) throw new TemplateFailure(start, "comment ends before closing delimiter");
  return { tokens: [], end: end + 2 + rest[0].length, trims: rest[0].endsWith("-}}") };
}

const number = /[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?)/y;
const word = /[\p{L}_][\p{L}\p{N}_]*/uy;

function readTokens(text: string, from: number, start: number): Read {
  const tokens: Token[] = [];
  let at = from;
  for (;;) {
    const before = at;
    at = skipSpace(text, at);
    const spaced = at > before;
    if (spaced && text.startsWith("-}}", at)) return { tokens, end: at + 3, trims: true };
    if (text.startsWith("}}", at)) return { tokens, end: at + 2, trims: false };
    if (at >= text.length) throw new TemplateFailure(start, "unclosed action");
    const token = readToken(text, at, spaced);
    tokens.push(token.token);
    at = token.end;
  }
}

function readToken(text: string, at: number, spaced: boolean): { token: Token; end: number } {
  const first = text[at]!;
  const made = (kind: Token["kind"], end: number, shown = text.slice(at, end)): { token: Token; end: number } => ({
    token: { kind, at, text: shown, spaced },
    end,
  });
  const literal = (end: number, value: Token["value"]): { token: Token; end: number } => ({
    token: { kind: "literal", at, text: text.slice(at, end), value, spaced },
    end,
  });
  if (first === '"') {
    const end = endOfQuoted(text, at);
    return literal(end, unquoted(text.slice(at, end), at));
  }
  if (first === "`") {
    const end = text.indexOf("`", at + 1);
    if (end === -1) throw new TemplateFailure(at, "unterminated raw quoted string");
    return literal(end + 1, text.slice(at + 1, end));
  }
  if (first === "'") {
    const found = /^'(\\.|[^'\\])'/u.exec(text.slice(at, at + 8));
    if (found === null) throw new TemplateFailure(at, "malformed character constant");
    const shown = found[1]!.startsWith("\\") ? (escapes.get(found[1]![1]!) ?? found[1]![1]!) : found[1]!;
    return literal(at + found[0].length, shown.codePointAt(0)!);
  }
  number.lastIndex = at;
  const digits = number.exec(text);
  if (digits !== null) return literal(at + digits[0].length, Number(digits[0].replaceAll("_", "")));
  if (first === "." || first === "$") {
    word.lastIndex = at + 1;
    const name = word.exec(text)?.[0] ?? "";
    if (first === "$") return made("variable", at + 1 + name.length);
    return name === "" ? made("mark", at + 1) : made("field", at + 1 + name.length, name);
  }
  if (text.startsWith(":=", at)) return made("mark", at + 2);
  if ("|()=,".includes(first)) return made("mark", at + 1);
  word.lastIndex = at;
  const name = word.exec(text)?.[0];
  if (name === undefined) throw new TemplateFailure(at, `unexpected ${JSON.stringify(first)} in an action`);
  if (name === "true" || name === "false") return literal(at + name.length, name === "true");
  return made("word", at + name.length);
}

function endOfQuoted(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index++) {
    const one = text[index];
    if (one === "\n") break;
    if (one === "\\") index += 1;
    else if (one === '"') return index + 1;
  }
  throw new TemplateFailure(at, "unterminated quoted string");
}

const escapes = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
]);

/** A string of Go. */
function unquoted(text: string, at: number): string {
  return text.slice(1, -1).replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g, (...found) => {
    const code = (found[1] ?? found[2] ?? found[3]) as string | undefined;
    if (code === undefined) return escapes.get(found[4] as string) ?? (found[4] as string);
    const point = Number.parseInt(code, 16);
    if (point > 0x10ffff) throw new TemplateFailure(at, "escape is invalid Unicode code point");
    return String.fromCodePoint(point);
  });
}

const isSpace = (one: string | undefined): boolean => one === " " || one === "\t" || one === "\n" || one === "\r";

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text[at])) at += 1;
  return at;
}

/** Not by a pattern: those that end in `$` take quadratic time. */
function trimmedEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1])) end -= 1;
  return text.slice(0, end);
}
