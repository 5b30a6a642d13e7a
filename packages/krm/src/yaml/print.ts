import { isRawNumber, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { doubleQuoted, singleQuoted, stringForm } from "./quote.ts";

export interface PrintOptions {
  /** Columns by which a map is indented below its key; 2 unless told. */
  readonly indent?: number;
  /** Whether list items are indented below their key, too; kubectl does not. */
  readonly indentLists?: boolean;
}

interface Printer {
  text: string;
  readonly step: string;
  readonly indentLists: boolean;
}

/** libyaml's limit is 1024 characters; a longer key needs the explicit form. */
const longestKey = 1000;

/**
 * A value as one YAML document that kubectl reads back identically, in the form in which kubectl prints: block style,
 * two spaces, list items at the column of their key, long lines kept, texts of several lines as blocks. Keys keep
 * their order. Undefined fields are left out. Ends with a line break.
 */
export function print(value: JsonValue, options: PrintOptions = {}): string {
  const printer = newPrinter(options);
  writeDocument(printer, value);
  return printer.text;
}

function newPrinter({ indent = 2, indentLists = false }: PrintOptions): Printer {
  return { text: "", step: " ".repeat(indent), indentLists };
}

/** Several documents, separated by `---`. */
export function printStream(values: Iterable<JsonValue>, options: PrintOptions = {}): string {
  const printer = newPrinter(options);
  let first = true;
  for (const value of values) {
    if (!first) printer.text += "---\n";
    first = false;
    writeDocument(printer, value);
  }
  return printer.text;
}

function writeDocument(printer: Printer, value: JsonValue): void {
  if (isCollection(value)) writeCollection(printer, value, "", false);
  else printer.text += `${scalar(value, "  ")}\n`;
}

/** Whether the value takes lines of its own. */
export function isCollection(value: JsonValue): value is JsonObject | JsonValue[] {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (isRawNumber(value)) return false;
  for (const key in value) if (Object.hasOwn(value, key) && value[key] !== undefined) return true;
  return false;
}

/** `inline` means that the indentation of the first line is written already. */
function writeCollection(printer: Printer, value: JsonObject | JsonValue[], indent: string, inline: boolean): void {
  if (Array.isArray(value)) writeList(printer, value, indent, inline);
  else writeMap(printer, value, indent, inline);
}

function writeList(printer: Printer, list: readonly JsonValue[], indent: string, inline: boolean): void {
  const deeper = `${indent}  `;
  let first = inline;
  for (const item of list) {
    printer.text += first ? "- " : `${indent}- `;
    first = false;
    if (isCollection(item)) writeCollection(printer, item, deeper, true);
    else printer.text += `${scalar(item, deeper)}\n`;
  }
}

function writeMap(printer: Printer, object: JsonObject, indent: string, inline: boolean): void {
  const deeper = indent + printer.step;
  let first = inline;
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value === undefined) continue;
    const name = keyText(key);
    const lead = first ? "" : indent;
    first = false;
    printer.text += name.length > longestKey ? `${lead}? ${name}\n${indent}:` : `${lead}${name}:`;
    if (isCollection(value)) {
      printer.text += "\n";
      writeCollection(printer, value, Array.isArray(value) && !printer.indentLists ? indent : deeper, false);
    } else {
      printer.text += ` ${scalar(value, `${indent}  `)}\n`;
    }
  }
}

/** How keys are written; the same few hundred occur again and again, in every object. */
const keyTexts = new Map<string, string>();

function keyText(key: string): string {
  let text = keyTexts.get(key);
  if (text === undefined) {
    const form = stringForm(key);
    text = form === "plain" ? key : form === "single" ? singleQuoted(key) : doubleQuoted(key);
    if (key.length < 100 && keyTexts.size < 10_000) keyTexts.set(key, text);
  }
  return text;
}

/** A value on the line of its key; a block of text continues below it, indented by `indent`, without its last break. */
export function scalar(value: JsonValue, indent: string): string {
  switch (typeof value) {
    case "string":
      return stringText(value, indent);
    case "number":
      return Object.is(value, -0) ? "-0.0" : Number.isFinite(value) ? String(value) : "null";
    case "boolean":
      return value ? "true" : "false";
    default:
      if (Array.isArray(value)) return "[]";
      if (isRawNumber(value)) return value.rawJSON;
      return value === null || value === undefined ? "null" : "{}";
  }
}

function stringText(text: string, indent: string): string {
  switch (stringForm(text)) {
    case "plain":
      return text;
    case "single":
      return singleQuoted(text);
    case "double":
      return doubleQuoted(text);
    case "block":
      return blockText(text, indent);
  }
}

function blockText(text: string, indent: string): string {
  // Without a number the first line decides the indentation, which must not begin with white space then.
  const first = text.charCodeAt(0);
  const hint = first === 32 || first === 9 || first === 10 ? "2" : "";
  const end = text.length - 1;
  const trailing = text.charCodeAt(end) !== 10 ? "-" : end > 0 && text.charCodeAt(end - 1) === 10 ? "+" : "";
  const body = trailing === "-" ? text : text.slice(0, -1);
  const lines = body.split("\n").map((line) => (line === "" ? "" : indent + line));
  return `|${hint}${trailing}\n${lines.join("\n")}`;
}

const leading = ["apiVersion", "kind", "metadata", "type", "data", "stringData", "spec"];

/** The same object with its fields in the order in which people write them: apiVersion, kind, metadata, …, spec, the rest, status. */
export function orderKubernetes<T extends JsonObject>(object: T): T {
  const ordered: JsonObject = {};
  const keys = Object.keys(object);
  for (const key of leading) if (Object.hasOwn(object, key)) setOwn(ordered, key, object[key]!);
  for (const key of keys) if (key !== "status" && !leading.includes(key)) setOwn(ordered, key, object[key]!);
  if (Object.hasOwn(object, "status")) setOwn(ordered, "status", object["status"]!);
  return ordered as T;
}
