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
  const part = readPart(json, 0, { fields: 0 });
  return typeof part === "string" ? problem(part) : part.children;
}

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

/** The set as `managedFields[].fieldsV1`, its keys in the order in which the API server writes them. */
export function fieldsV1(set: FieldSet): JsonObject {
  const json: JsonObject = {};
  for (const { text, member, children } of set.entries) {
    setOwn(json, text, children === undefined ? {} : member ? { ".": {}, ...fieldsV1(children) } : fieldsV1(children));
  }
  return json;
}
