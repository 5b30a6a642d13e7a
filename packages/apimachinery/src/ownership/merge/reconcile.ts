import { deduced, fieldType, type Atom, type MapAtom } from "../atom.ts";
import { makeFieldSet, type FieldSet, type FieldSetEntry } from "../field-set.ts";
import type { FieldManager } from "../managers.ts";
import type { PathElement } from "../path-element.ts";

/**
 * The managers after the schema of their kind may have changed: who owned parts of a map or list that is atomic now
 * owns the whole. The other way round nothing is done, as by the API server.
 */
export function reconcileManagers(managers: readonly FieldManager[], atom: Atom): FieldManager[] {
  return managers.map((one) => {
    const fields = reconcileSet(one.fields, atom);
    return fields === one.fields ? one : { ...one, fields };
  });
}

/** The same set where nothing is to be done, which is nearly always. */
export function reconcileSet(set: FieldSet, { map, scalar, list }: Atom): FieldSet {
  if (map !== undefined) {
    return isDeduced(map) ? set : withEntries(set, (element) => elementType(map, element));
  }
  return scalar !== undefined || list === undefined ? set : withEntries(set, () => list.item());
}

function isDeduced({ fields, others }: MapAtom): boolean {
  return fields.size === 0 && others?.() === deduced;
}

function elementType(map: MapAtom, element: PathElement): Atom | undefined {
  return element.kind === "field" ? fieldType(map, element.name)?.() : map.others?.();
}

function withEntries(set: FieldSet, typeOf: (element: PathElement) => Atom | undefined): FieldSet {
  let changed = false;
  const entries = set.entries.map((entry) => {
    const type = entry.children === undefined && entry.member ? undefined : typeOf(entry.element);
    const after = type === undefined ? entry : reconcileEntry(entry, type);
    if (after !== entry) changed = true;
    return after;
  });
  return changed ? makeFieldSet(entries) : set;
}

function reconcileEntry(entry: FieldSetEntry, type: Atom): FieldSetEntry {
  const { map, scalar, list } = type;
  const isAtomic = map === undefined ? scalar === undefined && list?.atomic === true : map.atomic && !isDeduced(map);
  if (isAtomic) return { ...entry, member: true, children: undefined };
  const children = entry.children && reconcileSet(entry.children, type);
  return children === entry.children ? entry : { ...entry, children };
}
