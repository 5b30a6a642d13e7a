import { isObject, setOwn, type JsonArray, type JsonObject, type JsonValue } from "../../json.ts";
import { deduceAtom, fieldType, type Atom, type ListAtom, type MapAtom } from "../atom.ts";
import { entryOf, makeFieldSet, type FieldSet } from "../field-set.ts";
import { listElement } from "../list-element.ts";
import { fieldElement } from "../path-element.ts";

/**
 * The value without the fields and items of the set, as structured-merge-diff's `RemoveItems`: a map or list of which
 * nothing is left becomes null.
 */
export function removeItems(value: JsonValue, items: FieldSet, atom: Atom): JsonValue {
  const type = deduceAtom(atom, value);
  if (type.map !== undefined) return isObject(value) ? removeFromMap(value, items, type.map) : null;
  if (type.scalar !== undefined || type.list === undefined) return value;
  return Array.isArray(value) ? removeFromList(value, items, type.list) : null;
}

function removeFromMap(object: JsonObject, items: FieldSet, type: MapAtom): JsonValue {
  if (type.atomic) return null;
  const kept: JsonObject = {};
  for (const key of Object.keys(object)) {
    const entry = entryOf(items, fieldElement(key));
    if (entry?.member === true) continue;
    const value = object[key]!;
    const child = fieldType(type, key);
    setOwn(kept, key, entry?.children && child ? removeItems(value, entry.children, child()) : value);
  }
  return Object.keys(kept).length === 0 ? null : kept;
}

function removeFromList(list: JsonArray, items: FieldSet, type: ListAtom): JsonValue {
  if (type.atomic) return null;
  const kept: JsonArray = [];
  for (const value of list) {
    const element = listElement(value, type);
    const entry = element === undefined ? undefined : entryOf(items, element);
    if (entry?.member === true) continue;
    kept.push(entry?.children === undefined ? value : removeItems(value, entry.children, type.item()));
  }
  return kept.length === 0 ? null : kept;
}

/** The set with every field that the schema names and that has paths below it: `a.b.c` brings `a` and `a.b`. */
export function withNamedFields(set: FieldSet, atom: Atom | undefined): FieldSet {
  return makeFieldSet(
    set.entries.map((entry) => {
      const { element, children } = entry;
      if (children === undefined) return entry;
      const isNamed = element.kind === "field" && atom?.map?.fields.has(element.name) === true;
      const child =
        element.kind === "field"
          ? atom?.map && fieldType(atom.map, element.name)
          : element.kind === "key"
            ? atom?.list?.item
            : undefined;
      return { ...entry, member: entry.member || isNamed, children: withNamedFields(children, child?.()) };
    }),
  );
}
