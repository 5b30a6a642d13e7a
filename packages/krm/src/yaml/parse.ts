import type { JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "../finding/finding.ts";
import { inputFindings } from "../input-findings.ts";
import { construct } from "./construct.ts";
import { YamlFailure } from "./failure.ts";
import { defaultYamlLimits, type YamlLimits } from "./limits.ts";
import type { YamlNode } from "./node.ts";
import { failureFinding, forbiddenFinding, hasForbidden, remarkFinding } from "./parse-findings.ts";
import { parseDocumentNode } from "./parse-node.ts";
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
  const suspicious = hasForbidden(text);
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
    const forbidden = suspicious ? forbiddenFinding(source, file) : undefined;
    if (forbidden !== undefined) {
      findings.push(forbidden);
      continue;
    }
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
