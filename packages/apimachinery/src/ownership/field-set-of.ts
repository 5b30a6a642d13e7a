import { isObject, type JsonArray, type JsonObject, type JsonValue } from "../json.ts";
import { schemaForKind } from "../openapi/definitions.ts";
import type { Resolve, Schema } from "../schema/schema.ts";
import { deduceAtom, fieldType, rootAtom, type Atom, type ListAtom, type MapAtom } from "./atom.ts";
import {
  emptyFieldSet,
  makeEntry,
  makeFieldSet,
  subtractSet,
  subtractTrees,
  type FieldSet,
  type FieldSetEntry,
} from "./field-set.ts";
import { listElement } from "./list-element.ts";
import { fieldNames, resetFields } from "./reset-fields.ts";
import { fieldElement, printPathElement, type PathElement } from "./path-element.ts";

export type FieldSetOptions = {
  /** Finds the target of a `$ref` by its plain name; the vendored definitions unless said otherwise. */
  readonly resolve?: Resolve;
  /** The subresource that is written: `status`, `scale`; none by default. */
  readonly subresource?: string;
  /** False: `status` is a field like any other, for the kind has no such subresource. Ignored for a subresource. */
  readonly hasStatus?: boolean;
};

/**
 * The fields that a manager who applies `object` owns, exactly as the API server writes them into `managedFields`: by
 * the kind's schema, without identity (`metadata.name` …) and without what the endpoint ignores (`status`). Without a
 * schema, that of the built-in kind; else maps go by key and lists are one value. Items of associative lists without
 * their keys, which the server refuses, own nothing.
 */
export function fieldSetOf(object: JsonObject, schema?: Schema, options: FieldSetOptions = {}): FieldSet {
  const all = valueFieldSet(object, rootAtom(schema ?? builtinSchema(object), options.resolve));
  return withoutIdentity(subtractTrees(all, resetFields(object, options)));
}

export function builtinSchema(object: JsonObject): Schema | undefined {
  const { apiVersion, kind } = object;
  return typeof apiVersion === "string" && typeof kind === "string" ? schemaForKind(apiVersion, kind) : undefined;
}

const identity = fieldNames(
  ["apiVersion"],
  ["kind"],
  ["metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => ["metadata", name]),
);

/** The set without the fields that are never owned. */
export function withoutIdentity(set: FieldSet): FieldSet {
  return subtractSet(set, identity);
}

const deepest = 500;

/** The paths of one value of a type: what structured-merge-diff calls its field set. */
export function valueFieldSet(value: JsonValue, atom: Atom): FieldSet {
  return childrenOf(value, deduceAtom(atom, value), 0).children;
}

type Part = { readonly member: boolean; readonly children: FieldSet };
const leaf: Part = { member: true, children: emptyFieldSet };
const nothing: Part = { member: false, children: emptyFieldSet };

function childrenOf(value: JsonValue, atom: Atom, depth: number): Part {
  if (depth > deepest) return leaf;
  // The order in which structured-merge-diff asks: it matters for null, which is of every type.
  if (atom.map !== undefined) {
    if (atom.map.atomic) return leaf;
    return isObject(value) ? { member: false, children: mapFields(value, atom.map, depth) } : nothing;
  }
  if (atom.scalar !== undefined || atom.list === undefined || atom.list.atomic) return leaf;
  return Array.isArray(value) ? { member: false, children: listFields(value, atom.list, depth) } : nothing;
}

function mapFields(object: JsonObject, map: MapAtom, depth: number): FieldSet {
  const entries: FieldSetEntry[] = [];
  for (const name of Object.keys(object)) {
    const value = object[name]!;
    const type = fieldType(map, name);
    const part = type === undefined ? leaf : childrenOf(value, deduceAtom(type(), value), depth + 1);
    const isEmpty = value === null || (isObject(value) && Object.keys(value).length === 0);
    const member = part.member || isEmpty || !map.fields.has(name);
    entries.push(makeEntry(fieldElement(name), member, part.children));
  }
  return makeFieldSet(entries);
}

function listFields(list: JsonArray, type: ListAtom, depth: number): FieldSet {
  const items = new Map<string, { readonly element: PathElement; readonly value: JsonValue; count: number }>();
  for (const value of list) {
    const element = listElement(value, type);
    if (element === undefined) continue;
    const text = printPathElement(element);
    const seen = items.get(text);
    if (seen === undefined) items.set(text, { element, value, count: 1 });
    else seen.count++;
  }
  const entries = [...items.values()].map(({ element, value, count }) => {
    // Items that share a key are owned as one.
    const atom = deduceAtom(type.item(), value);
    return makeEntry(element, true, count > 1 ? emptyFieldSet : childrenOf(value, atom, depth + 1).children);
  });
  return makeFieldSet(entries);
}
