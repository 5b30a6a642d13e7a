import { isObject, setOwn, type JsonObject, type JsonValue } from "../json.ts";
import { emptyFieldSet, makeFieldSet, type FieldSet, type FieldSetEntry } from "./field-set.ts";
import { parsePathElement, printPathElement, type PathElement } from "./path-element.ts";

/** Why a `fieldsV1` cannot be read. */
export type FieldsProblem = { readonly kind: "problem"; readonly message: string };

const deepest = 200;
/** Beyond it the API server would not have stored the object either: 1.5 MB is its limit. */
const mostFields = 200_000;

type Reading = { fields: number };
type Part = { readonly children: FieldSet; readonly member: boolean };

/** Reads `managedFields[].fieldsV1`. Elements of a kind that only a newer server knows are left out, as by the server. */
export function parseFieldsV1(json: JsonValue | undefined): FieldSet | FieldsProblem {
  if (json === undefined || json === null) return emptyFieldSet;
  if (!isObject(json)) return problem("fieldsV1 is not a map");
  const known = sets.get(json);
  if (known !== undefined) return known;
  const text = shortText(json);
  let set = text === undefined ? undefined : recent.get(text);
  if (set === undefined) {
    const part = readPart(json, 0, { fields: 0 });
    if (typeof part === "string") return problem(part);
    set = part.children;
    if (text !== undefined) remember(text, set);
  }
  sets.set(json, set);
  return set;
}

/** The replicas of a workload have the same fields: they are read once. */
const recent = new Map<string, FieldSet>();
const longestKept = 16 * 1024;
const mostKept = 256;

/** Undefined for what is too long to be remembered, or nested too deeply to be written. */
function shortText(json: JsonObject): string | undefined {
  try {
    const text = JSON.stringify(json);
    return text.length > longestKept ? undefined : text;
  } catch {
    return undefined;
  }
}

function remember(text: string, set: FieldSet): void {
  if (recent.size >= mostKept) recent.delete(recent.keys().next().value!);
  recent.set(text, set);
}

/** What has been read or written before: stored objects share the entries of managers that did not change. */
const sets = new WeakMap<JsonObject, FieldSet>();
const written = new WeakMap<FieldSet, JsonObject>();

function problem(message: string): FieldsProblem {
  return { kind: "problem", message };
}

export function isFieldsProblem(result: FieldSet | FieldsProblem): result is FieldsProblem {
  return "kind" in result;
}

function readPart(json: JsonObject, depth: number, reading: Reading): Part | string {
  if (depth > deepest) return `fieldsV1 is nested deeper than ${deepest} levels`;
  const entries = new Map<string, FieldSetEntry>();
  let member = false;
  for (const key of Object.keys(json)) {
    if (key === ".") {
      member = true;
      continue;
    }
    if (++reading.fields > mostFields) return `fieldsV1 has more than ${mostFields} fields`;
    const element = parsePathElement(key);
    if (element === undefined) continue;
    if (typeof element === "string") return element;
    const value = json[key]!;
    if (!isObject(value) && value !== null) return `fieldsV1 has a value that is not a map at ${JSON.stringify(key)}`;
    const part = readPart(value ?? {}, depth + 1, reading);
    if (typeof part === "string") return part;
    const text = printPathElement(element);
    entries.set(text, entryOfPart(element, text, part));
  }
  const children = makeFieldSet([...entries.values()]);
  return { children, member: member || children.entries.length === 0 };
}

function entryOfPart(element: PathElement, text: string, { member, children }: Part): FieldSetEntry {
  return { element, text, member, children: children.entries.length === 0 ? undefined : children };
}

/**
 * The set as `managedFields[].fieldsV1`, its keys in the order in which the API server writes them. The same object for
 * the same set: not to be changed.
 */
export function fieldsV1(set: FieldSet): JsonObject {
  let json = written.get(set);
  if (json === undefined) {
    json = writeFields(set);
    written.set(set, json);
    sets.set(json, set);
  }
  return json;
}

function writeFields(set: FieldSet): JsonObject {
  const json: JsonObject = {};
  for (const { text, member, children } of set.entries) {
    const below = children === undefined ? {} : writeFields(children);
    setOwn(json, text, member && children !== undefined ? { ".": {}, ...below } : below);
  }
  return json;
}
