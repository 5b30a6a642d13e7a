import { YamlFailure } from "./failure.ts";
import type { MapNode } from "./node.ts";
import { lineColumn } from "./position.ts";
import type { Scanner } from "./scan.ts";
import { token } from "./token.ts";

export function trailing(scanner: Scanner, kind: number): YamlFailure {
  const at = scanner.starts[scanner.head]!;
  if (kind === token.flowSeqEnd || kind === token.flowMapEnd) {
    const bracket = kind === token.flowSeqEnd ? "]" : "}";
    return new YamlFailure(
      "syntax",
      at,
      `\`${bracket}\` closes nothing`,
      "remove it, or quote the value that it belongs to",
    );
  }
  return new YamlFailure(
    "indentation",
    at,
    "the document is complete before this line",
    "indent the line to make it part of the value above, or start a new document with `---`",
  );
}

export function missingNode(scanner: Scanner, kind: number, at: number): YamlFailure {
  if (kind === token.end)
    return new YamlFailure(
      "unclosed",
      at,
      "the document ends where a value is expected",
      "add the value, or close the bracket",
    );
  const character = scanner.text.charAt(at);
  return new YamlFailure(
    "syntax",
    at,
    `a value is expected, but found \`${character}\``,
    `quote the value when it is meant to begin with \`${character}\``,
  );
}

export function wrongIndentation(scanner: Scanner, node: MapNode, kind: number, at: number): YamlFailure {
  if (kind === token.blockEntry || kind === token.blockSeqStart) {
    return new YamlFailure(
      "indentation",
      at,
      "a list item stands among the keys that begin in line {line}",
      "put a key before the list, or indent the item below its key",
      node.start,
    );
  }
  if (kind === token.flowSeqEnd || kind === token.flowMapEnd) return trailing(scanner, kind);
  const column = lineColumn(scanner.text, at).column;
  const beginsLine = scanner.text.slice(at - column + 1, at).trim() === "";
  const begins = kind === token.blockMapStart || kind === token.mapStartAndKey || kind === token.scalar;
  if (begins && beginsLine && column !== lineColumn(scanner.text, node.start).column) {
    return new YamlFailure(
      "indentation",
      at,
      `bad indentation: this line begins in column ${column}, the keys beside it (from line {line}) in column {column}`,
      "begin the line in column {column}, or deeper below a key without a value",
      node.start,
    );
  }
  return new YamlFailure(
    "syntax",
    at,
    "a key is expected here",
    "write `key: value`; quote a value that holds quotes, brackets or `: `",
  );
}

export function expected(scanner: Scanner, kind: number, at: number, open: number, close: string): YamlFailure {
  const bracket = scanner.text.charAt(open);
  if (kind === token.end) {
    return new YamlFailure("unclosed", open, `the \`${bracket}\` is never closed`, `add the closing \`${close}\``);
  }
  const found = scanner.text.slice(at, at + 1);
  return new YamlFailure(
    "unclosed",
    at,
    `\`,\` or \`${close}\` is expected, but found \`${found}\`: the \`${bracket}\` of line {line}, column {column} is still open`,
    `add the closing \`${close}\` before this place, or quote the value`,
    open,
  );
}
