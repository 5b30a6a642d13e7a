import type { JsonValue } from "@fairlead/apimachinery";
import { print, readComments, writeComments, type ParsedDocument } from "@fairlead/krm";
import type { FieldMap } from "../dialects/dialects.ts";
import { modernComments } from "./comments.ts";

/** What takes the place of the characters from `start` to `end`. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export type WrittenDocument = Replacement & {
  /** How many comments stood at fields that are gone. */
  readonly displaced: number;
};

/** The text of a document with another value: JSON stays JSON, comments of YAML move with their fields. */
export function writeDocument(document: ParsedDocument, value: JsonValue, fields: FieldMap): WrittenDocument {
  return asJson(document, value) ?? asYaml(document, value, fields);
}

/** A document in JSON stays JSON, with its own indentation. */
function asJson(document: ParsedDocument, value: JsonValue): WrittenDocument | undefined {
  const { source } = document;
  const content = source.text.slice(source.contentStart, source.end);
  if (!content.trimStart().startsWith("{")) return undefined;
  try {
    JSON.parse(content);
  } catch {
    return undefined;
  }
  const start = source.contentStart + content.length - content.trimStart().length;
  const indent = /^\{\r?\n([ \t]+)/.exec(content.trimStart())?.[1];
  const text = JSON.stringify(value, undefined, indent);
  return {
    start,
    end: source.contentStart + content.trimEnd().length,
    text: withBreaks(source.text, text),
    displaced: 0,
  };
}

function asYaml(document: ParsedDocument, value: JsonValue, fields: FieldMap): WrittenDocument {
  const { source } = document;
  const commented = readComments(source) ?? { comments: [], start: source.contentStart, end: source.end };
  const placed = modernComments(commented.comments, fields, value);
  const written = writeComments(print(value), placed.comments);
  const displaced = [...placed.displaced, ...written.unplaced];
  const head = displaced.map((comment) => `${comment.text}\n`).join("");
  const { start, end } = commented;
  // A block cannot begin on the line of the document marker.
  const before = source.text[start - 1];
  const lead = start > 0 && before !== "\n" && before !== "\r" && before !== "\uFEFF" ? "\n" : "";
  const text = withBreaks(source.text, `${lead}${head}${written.text.replace(/\n$/, "")}`);
  return { start, end, text, displaced: displaced.length };
}

/** The line breaks of the file. */
function withBreaks(file: string, text: string): string {
  const first = file.indexOf("\n");
  return first > 0 && file[first - 1] === "\r" ? text.replaceAll("\n", "\r\n") : text;
}
