import { isObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "../finding/finding.ts";
import { inputFindings } from "../input-findings.ts";
import { construct } from "./construct.ts";
import { YamlFailure, type YamlFailureKind } from "./failure.ts";
import { defaultYamlLimits, type YamlLimits } from "./limits.ts";
import type { YamlNode } from "./node.ts";
import { parseDocumentNode } from "./parse-node.ts";
import type { Position } from "./position.ts";
import type { YamlRemark } from "./remark.ts";
import { positionFinder, positionIn, splitDocuments, type DocumentSource } from "./split.ts";

/** One document that could be read. Its positions are not kept: `locate` finds them when a finding needs one. */
export interface ParsedDocument {
  readonly file?: string;
  /** Its place among the documents of its file that hold something, from 0. */
  readonly index: number;
  readonly value: JsonValue;
  readonly source: DocumentSource;
}

export interface ParseOptions {
  /** The name that findings give to the text. */
  readonly file?: string;
  readonly limits?: Partial<YamlLimits>;
  /** The line at which the text begins in its file, from 1. */
  readonly firstLine?: number;
  /** The index of the first document. */
  readonly firstIndex?: number;
}

/** Sees the syntax tree of each document that was read, before it is dropped. */
export type TreeVisitor = (root: YamlNode, document: ParsedDocument) => void;

export interface ParseResult {
  readonly documents: readonly ParsedDocument[];
  readonly findings: readonly Finding[];
}

/**
 * Reads YAML or JSON as kubectl does: any number of documents, empty ones left out. A document with a mistake is
 * missing from `documents` and has its findings; the others are read nevertheless. Never throws for any text.
 */
export function parseStream(text: string, options: ParseOptions = {}): ParseResult {
  const { documents, findings } = parseCounting(text, options);
  return { documents, findings };
}

/** As `parseStream`; `read` also counts the documents that have content and were refused. */
export function parseCounting(
  text: string,
  options: ParseOptions,
  visit?: TreeVisitor,
): ParseResult & { readonly read: number } {
  const limits = { ...defaultYamlLimits, ...options.limits };
  const documents: ParsedDocument[] = [];
  const findings: Finding[] = [];
  const file = options.file === undefined ? {} : { file: options.file };
  if (text.length > limits.total) {
    findings.push(
      inputFindings("FL020", {
        ...file,
        message: `the input has ${text.length} characters; at most ${limits.total} are read`,
        hint: "split the input",
      }),
    );
    return { documents, findings, read: 0 };
  }
  const suspicious = forbidden.test(text) || !text.isWellFormed();
  let index = options.firstIndex ?? 0;
  let count = 0;
  for (const source of splitDocuments(text, options.firstLine)) {
    if (++count > limits.documents) {
      findings.push(
        inputFindings("FL025", {
          ...file,
          line: source.line,
          column: 1,
          message: `the input has more than ${limits.documents} documents`,
          hint: "split the input",
        }),
      );
      break;
    }
    if (suspicious && reportForbidden(source, file, findings)) continue;
    index += parseSource(source, index, file, limits, documents, findings, visit);
  }
  return { documents, findings, read: index - (options.firstIndex ?? 0) };
}

/** Of one document; whoever has more duplicate keys than that has one problem and not hundreds. */
const mostRemarks = 100;

/** Reads one piece of a split text, which is one document, or several JSON values in a row. */
function parseSource(
  source: DocumentSource,
  firstIndex: number,
  file: { file?: string },
  limits: YamlLimits,
  documents: ParsedDocument[],
  findings: Finding[],
  visit?: TreeVisitor,
): number {
  if (source.end - source.start > limits.document) {
    const message = `the document has ${source.end - source.start} characters; at most ${limits.document} are read`;
    findings.push(
      inputFindings("FL021", { ...file, line: source.line, column: 1, message, hint: "separate objects with `---`" }),
    );
    return 0;
  }
  let read = 0;
  let rest: DocumentSource | undefined = source;
  while (rest !== undefined) {
    const piece: DocumentSource = rest;
    const remarks: YamlRemark[] = [];
    try {
      const { root, next } = parseDocumentNode(piece, limits);
      const { aliasNodes, aliasText } = limits;
      const value = construct(root, {
        aliasNodes,
        aliasText,
        remark: (remark) => void (remarks.length < mostRemarks && remarks.push(remark)),
      });
      const refused = remarks.some((remark) => remark.kind === "duplicate");
      const whole = next === undefined ? piece : { ...piece, end: next };
      if (value !== null && !refused) {
        const document = { ...file, index: firstIndex + read, value, source: whole };
        documents.push(document);
        visit?.(root, document);
      }
      if (value !== null) read++;
      rest = next === undefined ? undefined : followingSource(piece, next);
    } catch (error) {
      if (!(error instanceof YamlFailure)) throw error;
      findings.push(failureFinding(error, piece, file));
      rest = undefined;
    }
    const positionOf = positionFinder(piece);
    for (const remark of remarks) findings.push(remarkFinding(remark, positionOf, file));
  }
  return read;
}

function followingSource(source: DocumentSource, start: number): DocumentSource {
  const { line, column } = positionIn(source, start);
  return { text: source.text, start, end: source.end, contentStart: start, column: column - 1, line, directives: "" };
}

// oxlint-disable-next-line no-control-regex -- these are the characters that YAML forbids
const forbidden = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F\x80-\x84\x86-\x9F\uFFFE\uFFFF]/;

function reportForbidden(source: DocumentSource, file: { file?: string }, findings: Finding[]): boolean {
  const text = source.text.slice(source.start, source.end);
  const wellFormed = text.isWellFormed();
  const match = forbidden.exec(text);
  if (match === null && wellFormed) return false;
  const at = match === null ? firstLoneSurrogate(text) : match.index;
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
  findings.push(
    inputFindings("FL003", {
      ...file,
      ...positionIn(source, source.start + at),
      message: `the character U+${code} is not allowed in YAML`,
      hint: `remove it, or write "\\u${code}" in double quotes`,
    }),
  );
  return true;
}

function firstLoneSurrogate(text: string): number {
  return text.search(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/);
}

const failureCodes: Record<YamlFailureKind, keyof typeof inputFindings.definitions> = {
  syntax: "FL004",
  tab: "FL005",
  unclosed: "FL006",
  indentation: "FL007",
  alias: "FL009",
  key: "FL010",
  number: "FL011",
  tag: "FL012",
  merge: "FL014",
  scalarLimit: "FL022",
  depthLimit: "FL023",
  nodesLimit: "FL026",
  aliasLimit: "FL024",
};

function failureFinding(failure: YamlFailure, source: DocumentSource, file: { file?: string }): Finding {
  const place = positionIn(source, Math.min(failure.offset, source.end));
  const related = failure.related === undefined ? place : positionIn(source, failure.related);
  const fill = (text: string): string =>
    text.replaceAll("{line}", String(related.line)).replaceAll("{column}", String(related.column));
  const message = failure.kind === "tab" ? `${failure.message} at line {line}, column {column}` : failure.message;
  return inputFindings(failureCodes[failure.kind], {
    ...file,
    ...place,
    message: fill(message),
    ...(failure.hint === undefined ? {} : { hint: fill(failure.hint) }),
  });
}

function remarkFinding(remark: YamlRemark, positionOf: (offset: number) => Position, file: { file?: string }): Finding {
  const where = { ...file, ...positionOf(remark.offset) };
  switch (remark.kind) {
    case "duplicate": {
      const { line } = positionOf(remark.firstOffset);
      return inputFindings("FL008", {
        ...where,
        message: `the key \`${remark.key}\` stands here again; it was first written in line ${line}`,
        hint: "remove one of the two; kubectl would silently take the last",
      });
    }
    case "unknownTag":
      return inputFindings("FL013", {
        ...where,
        message: `the tag \`${remark.tag}\` is ignored, as kubectl does`,
        hint: "resolve the tag with its own tool first, or remove it",
      });
    case "lateMerge":
      return inputFindings("FL015", {
        ...where,
        message: `\`<<\` overrides the key \`${remark.key}\` that stands before it`,
        hint: "put `<<` first in its map, then the key wins for every reader",
      });
    case "lineSeparator":
      return inputFindings("FL016", {
        ...where,
        message: "the value holds a line break (U+0085, U+2028 or U+2029) that most editors do not show",
        hint: "remove it, or write `\\L` in double quotes",
      });
  }
}

/** An object of a document: the document itself, or an item of the `List` that it is. */
export interface DocumentItem {
  readonly document: ParsedDocument;
  /** Where the item stands in the document: empty, or `["items", 3]`. */
  readonly path: readonly (string | number)[];
  readonly value: JsonValue;
}

/** The objects of documents with every `List` (also nested ones, and typed ones such as `DeploymentList`) taken apart. */
export function flattenLists(documents: readonly ParsedDocument[]): DocumentItem[] {
  const items: DocumentItem[] = [];
  for (const document of documents) addItems({ document, path: [], value: document.value }, items);
  return items;
}

function addItems(item: DocumentItem, into: DocumentItem[]): void {
  const { value } = item;
  const list =
    isObject(value) && typeof value["kind"] === "string" && value["kind"].endsWith("List") ? value["items"] : undefined;
  // A ResourceList is the envelope of a KRM function and not a list of the API.
  if (!Array.isArray(list) || (isObject(value) && value["kind"] === "ResourceList")) {
    into.push(item);
    return;
  }
  list.forEach((child, index) =>
    addItems({ document: item.document, path: [...item.path, "items", index], value: child }, into),
  );
}
