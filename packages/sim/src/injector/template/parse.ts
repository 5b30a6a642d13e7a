import { cut, type Piece, type Token } from "./lex.ts";
import {
  lineOf,
  TemplateFailure,
  type Command,
  type Pipe,
  type TemplateNode,
  type TemplateProblem,
  type Term,
} from "./nodes.ts";

/** A template that can be rendered. */
export interface Template {
  readonly kind: "template";
  readonly text: string;
  readonly root: readonly TemplateNode[];
  /** What `define` and `block` give names to. */
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
}

/** Characters of a template; ConfigMaps hold less. */
const mostText = 2 << 20;
const deepest = 100;

/**
 * Parses a template of Go's `text/template` (https://pkg.go.dev/text/template): all of its actions, pipelines,
 * variables, trim marks and comments. Functions are looked up when it is rendered.
 */
export function parseTemplate(text: string): Template | TemplateProblem {
  if (text.length > mostText) return { kind: "invalid", line: 1, message: `longer than ${mostText} characters` };
  try {
    const parser: Parser = { pieces: cut(text), next: 0, defined: new Map(), depth: 0 };
    const body = parseBody(parser, []);
    return { kind: "template", text, root: body.nodes, defined: parser.defined };
  } catch (error) {
    if (!(error instanceof TemplateFailure)) throw error;
    return { kind: "invalid", line: lineOf(text, error.at), message: error.message };
  }
}

interface Parser {
  readonly pieces: readonly Piece[];
  next: number;
  readonly defined: Map<string, readonly TemplateNode[]>;
  depth: number;
}

interface Body {
  readonly nodes: readonly TemplateNode[];
  /** The action that ended it: `end`, `else`; undefined at the end of the text. */
  readonly end: Cursor | undefined;
}

/** Nodes up to one of the words in `ends`, or, where there are none, up to the end. */
function parseBody(parser: Parser, ends: readonly string[], opened = 0): Body {
  if (++parser.depth > deepest) throw new TemplateFailure(opened, `nested deeper than ${deepest} levels`);
  const nodes: TemplateNode[] = [];
  while (parser.next < parser.pieces.length) {
    const piece = parser.pieces[parser.next++]!;
    if (piece.kind === "text") {
      nodes.push({ kind: "text", text: piece.text });
      continue;
    }
    const cursor: Cursor = { tokens: piece.tokens, next: 0, at: piece.at, depth: 0 };
    const first = piece.tokens[0];
    if (first === undefined) throw new TemplateFailure(piece.at, "missing value for command");
    if (first.kind === "word" && (first.text === "end" || first.text === "else")) {
      cursor.next = 1;
      if (!ends.includes(first.text)) throw new TemplateFailure(piece.at, `unexpected {{${first.text}}}`);
      parser.depth -= 1;
      return { nodes, end: cursor };
    }
    const node = parseAction(parser, cursor, first);
    if (node !== undefined) nodes.push(node);
  }
  if (ends.length > 0) throw new TemplateFailure(opened, "this action has no {{end}}");
  parser.depth -= 1;
  return { nodes, end: undefined };
}

function parseAction(parser: Parser, cursor: Cursor, first: Token): TemplateNode | undefined {
  const { at } = cursor;
  const keyword = first.kind === "word" ? first.text : "";
  switch (keyword) {
    case "if":
    case "with":
    case "range":
      cursor.next = 1;
      return parseControl(parser, cursor, keyword);
    case "define":
    case "block": {
      cursor.next = 1;
      const name = nameIn(cursor, keyword);
      const pipe = keyword === "block" ? parsePipe(cursor) : undefined;
      endOf(cursor);
      parser.defined.set(name, parseBody(parser, ["end"], at).nodes);
      return keyword === "block" ? { kind: "template", at, name, pipe } : undefined;
    }
    case "template": {
      cursor.next = 1;
      const name = nameIn(cursor, keyword);
      const pipe = cursor.next < cursor.tokens.length ? parsePipe(cursor) : undefined;
      endOf(cursor);
      return { kind: "template", at, name, pipe };
    }
    case "break":
    case "continue":
      cursor.next = 1;
      endOf(cursor);
      return { kind: keyword, at };
    default: {
      const pipe = parsePipe(cursor);
      endOf(cursor);
      return { kind: "action", at, pipe };
    }
  }
}

function parseControl(parser: Parser, cursor: Cursor, kind: "if" | "with" | "range"): TemplateNode {
  const { at } = cursor;
  const pipe = parsePipe(cursor);
  endOf(cursor);
  const body = parseBody(parser, ["end", "else"], at);
  const end = body.end!;
  if (end.tokens[0]!.text === "end") return { kind, at, pipe, body: body.nodes, otherwise: [] };
  const chained = end.tokens[1];
  if (chained?.kind === "word" && kind !== "range" && chained.text === kind) {
    end.next = 2;
    // `{{else if}}` shares the {{end}} of the first.
    if (++parser.depth > deepest) throw new TemplateFailure(at, `nested deeper than ${deepest} levels`);
    const otherwise = parseControl(parser, end, kind);
    parser.depth -= 1;
    return { kind, at, pipe, body: body.nodes, otherwise: [otherwise] };
  }
  endOf(end);
  return { kind, at, pipe, body: body.nodes, otherwise: parseBody(parser, ["end"], at).nodes };
}

interface Cursor {
  readonly tokens: readonly Token[];
  next: number;
  readonly at: number;
  depth: number;
}

function nameIn(cursor: Cursor, keyword: string): string {
  const token = cursor.tokens[cursor.next++];
  if (token?.kind !== "literal" || typeof token.value !== "string")
    throw new TemplateFailure(cursor.at, `{{${keyword}}} needs a name in quotes`);
  return token.value;
}

function endOf(cursor: Cursor): void {
  const token = cursor.tokens[cursor.next];
  if (token !== undefined) throw new TemplateFailure(token.at, `unexpected ${JSON.stringify(token.text)}`);
}

const isMark = (token: Token | undefined, text: string): boolean => token?.kind === "mark" && token.text === text;

function parsePipe(cursor: Cursor): Pipe {
  const at = cursor.tokens[cursor.next]?.at ?? cursor.at;
  const names: string[] = [];
  let assigns = false;
  const variable = cursor.tokens[cursor.next];
  if (variable?.kind === "variable") {
    const [second, third, fourth] = cursor.tokens.slice(cursor.next + 1, cursor.next + 4);
    if (isMark(second, ":=") || isMark(second, "=")) {
      names.push(variable.text);
      assigns = isMark(second, "=");
      cursor.next += 2;
    } else if (isMark(second, ",") && third?.kind === "variable" && (isMark(fourth, ":=") || isMark(fourth, "="))) {
      names.push(variable.text, third.text);
      assigns = isMark(fourth, "=");
      cursor.next += 4;
    }
  }
  const commands: Command[] = [];
  do {
    if (commands.length > 0) cursor.next += 1;
    commands.push(parseCommand(cursor));
  } while (isMark(cursor.tokens[cursor.next], "|"));
  return { at, names, assigns, commands };
}

function parseCommand(cursor: Cursor): Command {
  const at = cursor.tokens[cursor.next]?.at ?? cursor.at;
  const terms: Term[] = [];
  for (;;) {
    const token = cursor.tokens[cursor.next];
    if (token === undefined || isMark(token, "|") || isMark(token, ")")) break;
    terms.push(parseTerm(cursor, token));
  }
  if (terms.length === 0) throw new TemplateFailure(at, "missing value for command");
  return { at, terms };
}

function parseTerm(cursor: Cursor, token: Token): Term {
  const { at } = token;
  cursor.next += 1;
  switch (token.kind) {
    case "literal":
      return { kind: "literal", value: token.value };
    case "word":
      return token.text === "nil" ? { kind: "literal", value: undefined } : { kind: "function", at, name: token.text };
    case "field":
      return { kind: "field", at, path: [token.text, ...chain(cursor)] };
    case "variable":
      return { kind: "variable", at, name: token.text, path: chain(cursor) };
    case "mark":
      break;
  }
  if (token.text === ".") return { kind: "dot" };
  if (token.text !== "(") throw new TemplateFailure(at, `unexpected ${JSON.stringify(token.text)}`);
  if (++cursor.depth > deepest) throw new TemplateFailure(at, `nested deeper than ${deepest} levels`);
  const pipe = parsePipe(cursor);
  cursor.depth -= 1;
  if (!isMark(cursor.tokens[cursor.next], ")")) throw new TemplateFailure(at, "unclosed left paren");
  cursor.next += 1;
  return { kind: "group", at, pipe, path: chain(cursor) };
}

/** Fields that follow without a space. */
function chain(cursor: Cursor): string[] {
  const path: string[] = [];
  for (;;) {
    const token = cursor.tokens[cursor.next];
    if (token?.kind !== "field" || token.spaced) return path;
    path.push(token.text);
    cursor.next += 1;
  }
}
