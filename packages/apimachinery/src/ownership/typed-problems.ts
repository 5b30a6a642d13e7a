import { isObject, type JsonArray, type JsonObject, type JsonValue } from "../json.ts";
import type { Schema } from "../schema/schema.ts";
import { deduceAtom, fieldType, keyDefault, rootAtom, type Atom, type ListAtom, type MapAtom } from "./atom.ts";
import { builtinSchema, type FieldSetOptions } from "./field-set-of.ts";
import { listElement } from "./list-element.ts";
import { fieldElement, formatOwnedPath, printPathElement, type PathElement } from "./path-element.ts";

/** Why an applied configuration cannot be merged, in the words of structured-merge-diff. */
export type TypedProblem = {
  /** `.spec.ports`, as in conflicts; empty for the object itself. */
  readonly path: string;
  readonly message: string;
};

const mostProblems = 100;
const deepest = 500;

/**
 * What the API server refuses of an applied configuration before it looks at the stored object: fields that the schema
 * does not know, lists whose items cannot be told apart, values of another type. Empty when there is nothing.
 */
export function typedProblems(applied: JsonObject, schema?: Schema, options: FieldSetOptions = {}): TypedProblem[] {
  const problems: TypedProblem[] = [];
  check(applied, rootAtom(schema ?? builtinSchema(applied), options.resolve), [], problems);
  return problems;
}

function check(value: JsonValue, atom: Atom, path: readonly PathElement[], problems: TypedProblem[]): void {
  if (path.length > deepest || problems.length >= mostProblems) return;
  const say = (message: string): void => {
    problems.push({ path: formatOwnedPath(path), message });
  };
  const type = deduceAtom(atom, value);
  if (value === null) {
    if (type.map === undefined && type.scalar === undefined && type.list === undefined)
      say("schema error: invalid atom");
  } else if (type.map !== undefined) {
    if (isObject(value)) checkMap(value, type.map, path, problems);
    else say(`expected map, got &{${plain(value)}}`);
  } else if (type.scalar !== undefined) {
    const message = scalarProblem(value, type.scalar);
    if (message !== undefined) say(message);
  } else if (type.list !== undefined) {
    if (Array.isArray(value)) checkList(value, type.list, path, problems);
    else say(`expected list, got &{${plain(value)}}`);
  }
}

function checkMap(object: JsonObject, type: MapAtom, path: readonly PathElement[], problems: TypedProblem[]): void {
  for (const name of Object.keys(object)) {
    const child = fieldType(type, name);
    const at = [...path, fieldElement(name)];
    if (child === undefined) problems.push({ path: formatOwnedPath(at), message: "field not declared in schema" });
    else check(object[name]!, child(), at, problems);
  }
}

function checkList(list: JsonArray, type: ListAtom, path: readonly PathElement[], problems: TypedProblem[]): void {
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    let element: PathElement | undefined = { kind: "index", index };
    if (!type.atomic) {
      element = listElement(item, type);
      const at = formatOwnedPath(path);
      if (element === undefined) {
        // Without its name nothing can be said of the rest.
        problems.push({ path: at, message: `element ${index}: ${identityProblem(item, type)}` });
        return;
      }
      const text = printPathElement(element);
      if (seen.has(text))
        problems.push({ path: at, message: `duplicate entries for key ${formatOwnedPath([element])}` });
      seen.add(text);
    }
    check(item, type.item(), [...path, element], problems);
  }
}

function identityProblem(item: JsonValue, type: ListAtom): string {
  if (type.keys.length === 0) {
    if (item === null) return "associative list without keys has an element that's an explicit null";
    return Array.isArray(item)
      ? "not supported: associative list with lists as elements"
      : "associative list without keys has an element that's a map type";
  }
  if (item === null) return "associative list with keys may not have a null element";
  if (!isObject(item)) return "associative list with keys may not have non-map elements";
  const keys = type.keys.map((key) => JSON.stringify(key)).join(" ");
  const why = type.keys.some((key) => keyDefault(type, key) !== undefined)
    ? ""
    : " (and doesn't have default values for any key fields)";
  return `associative list with keys has an element that omits all key fields [${keys}]${why}`;
}

function scalarProblem(value: JsonValue, kind: NonNullable<Atom["scalar"]>): string | undefined {
  const isNumber = typeof value === "number" || JSON.isRawJSON(value);
  switch (kind) {
    case "numeric":
      return isNumber ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case "string":
      return typeof value === "string"
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected boolean, got &{${plain(value)}}`;
    case "untyped":
      return typeof value === "object" && !isNumber ? `expected any scalar, got &{${plain(value)}}` : undefined;
  }
}

/** Go's `%T` of what its decoder makes of JSON. */
function goType(value: JsonValue): string {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}

/** Go's `%v`. */
function plain(value: JsonValue): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(plain).join(" ")}]`;
  if (!isObject(value)) return String(JSON.isRawJSON(value) ? JSON.stringify(value) : value);
  return `map[${Object.keys(value)
    .sort()
    .map((key) => `${key}:${plain(value[key]!)}`)
    .join(" ")}]`;
}

/** Go's `%#v`. */
function goSyntax(value: JsonValue): string {
  if (value === null) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${goSyntax(value[key]!)}`);
  return `map[string]interface {}{${entries.join(", ")}}`;
}
