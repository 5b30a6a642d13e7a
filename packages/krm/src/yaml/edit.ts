import { equal, formatPath, type FieldPath, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "../finding/finding.ts";
import { inputFindings } from "../input-findings.ts";
import { planEdit } from "./edit-plan.ts";
import { expectedValue } from "./edit-value.ts";
import type { YamlNode } from "./node.ts";
import { parseCounting, type ParsedDocument } from "./parse.ts";
import { positionIn } from "./split.ts";

/**
 * One change of a document. `set` replaces a value or adds a key, with the maps above it if need be; in a list the
 * index behind the last appends. `insert` adds what is not there: a key, or an item before that index.
 * `rename` gives the key at `path` another name.
 */
export type Edit =
  | { readonly op: "set"; readonly path: FieldPath; readonly value: JsonValue }
  | { readonly op: "insert"; readonly path: FieldPath; readonly value: JsonValue }
  | { readonly op: "delete"; readonly path: FieldPath }
  | { readonly op: "rename"; readonly path: FieldPath; readonly to: string };

export interface EditOptions {
  /** Which document of the text, counted as in `ParsedDocument.index`; the first unless told. */
  readonly document?: number;
  readonly file?: string;
}

export interface EditResult {
  /** The text with all edits that were possible. */
  readonly text: string;
  /** Why an edit was not made: FL035 (no such place), FL036 (through an alias), FL037 (not possible). */
  readonly findings: readonly Finding[];
}

/** A replacement of `text[start, end)`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A refusal: the code and its sentence. */
export interface Refusal {
  readonly code: "FL035" | "FL036" | "FL037";
  readonly message: string;
}

/**
 * Changes single values in a YAML or JSON text. Every byte outside the changed values stays as it is: comments, order,
 * quotes, line ends, byte order mark, other documents. What kubectl reads from the result is checked to be exactly what
 * the edit asks for; an edit for which that fails is refused.
 */
export function editDocument(text: string, edits: readonly Edit[], options: EditOptions = {}): EditResult {
  const findings: Finding[] = [];
  let state = read(text, options);
  for (const edit of edits) {
    const result =
      state.parsed === undefined ? unreadable(edit, options) : applyEdit(state.text, state.parsed, edit, options);
    if ("text" in result) state = result;
    else findings.push(result);
  }
  return { text: state.text, findings };
}

interface State {
  readonly text: string;
  /** The document that is edited; undefined when it cannot be read. */
  readonly parsed: { readonly document: ParsedDocument; readonly root: YamlNode } | undefined;
}

function read(text: string, options: EditOptions): State {
  const wanted = options.document ?? 0;
  let parsed: State["parsed"];
  parseCounting(text, options.file === undefined ? {} : { file: options.file }, (root, document) => {
    if (document.index === wanted) parsed = { document, root };
  });
  return { text, parsed };
}

function unreadable(edit: Edit, options: EditOptions): Finding {
  return refuse({ code: "FL035", message: `the text has no readable document ${(options.document ?? 0) + 1}` }, edit);
}

function applyEdit(
  text: string,
  { document, root }: NonNullable<State["parsed"]>,
  edit: Edit,
  options: EditOptions,
): State | Finding {
  const expected = expectedValue(document.value, edit);
  if ("code" in expected) return refuse(expected, edit, document);
  if (equal(expected.value, document.value)) return { text, parsed: { document, root } };
  const plan = planEdit(document, root, edit);
  if ("code" in plan) return refuse(plan, edit, document);
  const after = read(splice(text, plan.splices), options);
  if (after.parsed !== undefined && equal(after.parsed.document.value, expected.value)) return after;
  const shared = /[&*][\w-]/.test(text.slice(document.source.start, document.source.end));
  const why: Refusal = shared
    ? { code: "FL036", message: "the value is shared with other places through an anchor" }
    : { code: "FL037", message: "the text around the value does not allow the change" };
  return refuse(why, edit, document);
}

function splice(text: string, splices: readonly Splice[]): string {
  let result = "";
  let from = 0;
  for (const { start, end, text: replacement } of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(from, start) + replacement;
    from = end;
  }
  return result + text.slice(from);
}

function refuse({ code, message }: Refusal, edit: Edit, document?: ParsedDocument): Finding {
  const at =
    document === undefined
      ? {}
      : {
          ...(document.file === undefined ? {} : { file: document.file }),
          ...positionIn(document.source, document.source.contentStart),
        };
  return inputFindings(code, {
    ...at,
    field: edit.path,
    message: `${formatPath(edit.path) || "the document"} cannot be ${past[edit.op]}: ${message}`,
  });
}

const past = { set: "set", insert: "inserted", delete: "deleted", rename: "renamed" } as const;
