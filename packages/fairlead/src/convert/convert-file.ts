import { clone, isObject, valueAt, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import {
  flattenLists,
  formatRef,
  hasErrors,
  locator,
  parseStream,
  refOf,
  type Finding,
  type ParsedDocument,
} from "@fairlead/krm";
import { dialectOf } from "../dialects/dialects.ts";
import { dialectFinding } from "../dialects/findings.ts";
import { writeDocument, type Replacement } from "./write-document.ts";

export interface ConvertFileOptions {
  /** The name that findings give to the text. */
  readonly file?: string;
  /** The objects are rendered in compat mode, so what the predecessor ignored is left out. */
  readonly compat?: boolean;
}

/** One object that was rewritten. */
export interface ConvertedObject {
  /** The foreign kind, and Fairlead's. */
  readonly from: string;
  readonly to: string;
  readonly name: string;
  /** The line where the object began, from 1. */
  readonly line: number;
}

export interface ConvertedFile {
  /** The text with every foreign object in Fairlead's spelling; every other byte is as it was. */
  readonly text: string;
  readonly changes: readonly ConvertedObject[];
  readonly findings: readonly Finding[];
}

/**
 * Rewrites the predecessor's objects as Fairlead's, in place. Comments move with their fields; documents without such
 * objects stay byte for byte. A document that would lose something is left alone, with a finding of severity error.
 * What was converted once has nothing left to convert.
 */
export function convertFile(text: string, options: ConvertFileOptions = {}): ConvertedFile {
  const parsed = parseStream(text, options.file === undefined ? {} : { file: options.file });
  const findings: Finding[] = [...parsed.findings];
  const changes: ConvertedObject[] = [];
  const pieces: string[] = [];
  let done = 0;
  for (const document of parsed.documents) {
    const converted = convertDocument(document, options);
    if (converted === undefined) continue;
    findings.push(...converted.findings);
    if (converted.replacement === undefined) continue;
    const { start, end, text: replacement } = converted.replacement;
    pieces.push(text.slice(done, start), replacement);
    done = end;
    changes.push(...converted.changes);
  }
  pieces.push(text.slice(done));
  return { text: pieces.join(""), changes, findings };
}

interface ConvertedDocument {
  /** Undefined when the document stays as it is. */
  readonly replacement: Replacement | undefined;
  readonly changes: readonly ConvertedObject[];
  readonly findings: readonly Finding[];
}

function convertDocument(document: ParsedDocument, options: ConvertFileOptions): ConvertedDocument | undefined {
  const places = locator(document);
  const file = document.file === undefined ? {} : { file: document.file };
  const findings: Finding[] = [];
  const changes: ConvertedObject[] = [];
  const fields: [FieldPath, FieldPath][] = [];
  let result: JsonValue = document.value;
  for (const { path, value } of flattenLists([document])) {
    if (!isObject(value)) continue;
    const { apiVersion, kind: written } = value;
    const dialect = dialectOf(apiVersion, written);
    if (dialect === undefined || typeof written !== "string") continue;
    const conversion = dialect.convert(value, { compat: options.compat });
    for (const finding of conversion.findings) {
      // That the object is foreign is why it is converted.
      if (finding.code === "FL150") continue;
      findings.push({ ...finding, ...file, ...places([...path, ...(finding.field ?? [])]) });
    }
    for (const [from, to] of conversion.fields)
      fields.push([
        [...path, ...from],
        [...path, ...to],
      ]);
    const { line } = places([...path, "kind"]);
    const { name } = refOf(conversion.object);
    changes.push({ from: written, to: dialect.kind, name, line });
    result = replaceAt(result, path, conversion.object);
  }
  if (changes.length === 0) return undefined;
  if (hasErrors(findings)) {
    const first = changes[0]!;
    const refused = dialectFinding("FL160", {
      ...file,
      ...places([]),
      message: `the ${first.from} ${first.name === "" ? "(unnamed)" : first.name} was not converted, because something in it cannot be carried over`,
      hint: "Correct the errors that are reported for it, then convert again.",
    });
    return { replacement: undefined, changes: [], findings: [...findings, refused] };
  }
  const written = writeDocument(document, result, fields);
  if (written.displaced > 0) {
    findings.push(
      dialectFinding("FL161", {
        ...file,
        ...places([]),
        object: refOf(result as JsonObject),
        message: `${written.displaced} comments of ${formatRef(refOf(result as JsonObject))} stood at fields that are gone; they are at its head now`,
        hint: "Read them and put them where they belong.",
      }),
    );
  }
  return { replacement: written, changes, findings };
}

function replaceAt(root: JsonValue, path: FieldPath, value: JsonValue): JsonValue {
  if (path.length === 0) return value;
  const copy = clone(root);
  const parent = valueAt(copy, path.slice(0, -1));
  if (Array.isArray(parent)) parent[path.at(-1) as number] = value;
  return copy;
}
