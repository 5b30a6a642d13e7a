import type { YamlNode } from "./node.ts";
import type { DocumentSource } from "./split.ts";

/** How a document is written, so that new lines look like those around them. */
export interface TextStyle {
  readonly text: string;
  readonly docEnd: number;
  readonly indent: number;
  readonly indentLists: boolean;
  /** The document is JSON and must stay so. */
  readonly json: boolean;
  readonly eol: string;
  /** Printed lines moved to a column (the first stays where it is put), with the line ends of the document. */
  readonly fit: (printed: string, column: number) => string;
}

/** The style of a document that was read. */
export function styleOf(source: DocumentSource, root: YamlNode): TextStyle {
  const { text, start, end } = source;
  const firstBreak = text.indexOf("\n", start);
  const eol = firstBreak > start && firstBreak < end && text.charCodeAt(firstBreak - 1) === 13 ? "\r\n" : "\n";
  const found = measure(root, text);
  return {
    text,
    docEnd: end,
    indent: found.indent ?? 2,
    indentLists: found.indentLists ?? false,
    json: (root.kind === "map" || root.kind === "seq") && root.flow && isJson(text.slice(root.start, root.end)),
    eol,
    fit: (printed, column) => printed.replaceAll(/\n(?!\n|$)/g, `\n${" ".repeat(column)}`).replaceAll("\n", eol),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

interface Measured {
  indent?: number;
  indentLists?: boolean;
}

/** The first nested block map and list decide. */
function measure(root: YamlNode, text: string): Measured {
  const found: Measured = {};
  const visit = (node: YamlNode, depth: number): void => {
    if (depth > 20 || (found.indent !== undefined && found.indentLists !== undefined)) return;
    if (node.kind === "map" && !node.flow) {
      const column = columnOf(text, node.start);
      for (const child of node.values) {
        if (child.kind === "map" && !child.flow && child.keys.length > 0)
          found.indent ??= columnOf(text, child.start) - column;
        if (child.kind === "seq" && !child.flow && child.items.length > 0)
          found.indentLists ??= columnOf(text, child.dashes[0]!) > column;
        visit(child, depth + 1);
      }
    } else if (node.kind === "seq") {
      for (const child of node.items) visit(child, depth + 1);
    }
  };
  visit(root, 0);
  return found;
}

/** Characters before `offset` on its line. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStartOf(text, offset);
}

/** Behind the break before the line, and behind a byte order mark. */
export function lineStartOf(text: string, offset: number): number {
  let i = offset;
  while (i > 0 && text.charCodeAt(i - 1) !== 10 && text.charCodeAt(i - 1) !== 13) i--;
  return i === 0 && text.charCodeAt(0) === 0xfeff ? 1 : i;
}

/** The end of the line, before its break. */
export function lineEndOf({ text, docEnd }: TextStyle, offset: number): number {
  let i = offset;
  while (i < docEnd && text.charCodeAt(i) !== 10 && text.charCodeAt(i) !== 13) i++;
  return i;
}

/** Behind the break of the line. */
export function nextLineOf(textStyle: TextStyle, offset: number): number {
  const { text, docEnd } = textStyle;
  const end = lineEndOf(textStyle, offset);
  if (end >= docEnd) return end;
  return end + (text.charCodeAt(end) === 13 && text.charCodeAt(end + 1) === 10 ? 2 : 1);
}

/** Whether the document ends with a line break. */
export function endsWithBreak({ text, docEnd }: TextStyle): boolean {
  const c = text.charCodeAt(docEnd - 1);
  return c === 10 || c === 13;
}
