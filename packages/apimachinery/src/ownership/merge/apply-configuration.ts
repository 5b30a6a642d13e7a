import { equal, type JsonObject, type JsonValue } from "../../json.ts";
import type { Schema } from "../../schema/schema.ts";
import { rootAtom, type Atom } from "../atom.ts";
import { builtinSchema, fieldSetOf, resetFields, valueFieldSet, type FieldSetOptions } from "../field-set-of.ts";
import { emptyFieldSet, intersectSets, isEmptySet, subtractSet, unionSets, type FieldSet } from "../field-set.ts";
import { managersOf, type FieldManager, type ManagerId } from "../managers.ts";
import { compareTyped, ignoring, type Comparison } from "./compare-values.ts";
import { mergeValues } from "./merge-values.ts";
import { normalizeObject, withServerFields } from "./normalize.ts";
import { removeItems, withNamedFields } from "./remove-items.ts";

export type ApplyInput = FieldSetOptions & {
  /** The stored object with its `managedFields`. */
  readonly live: JsonObject;
  readonly applied: JsonObject;
  readonly manager: string;
  /** Takes fields that others own and that get another value. */
  readonly force?: boolean;
  /** Of the kind; that of a built-in kind, else none, unless said. */
  readonly schema?: Schema;
};

/** A manager's fields that would get another value. */
export type OwnerConflict = { readonly owner: ManagerId; readonly fields: FieldSet };

export type ApplyResult = {
  /** The merged object in normal form, without `managedFields`. Equal to the stored one when nothing changes. */
  readonly object: JsonObject;
  readonly changed: boolean;
  /** Without times: those of `live` stay, but for the one who applies if `changed`. */
  readonly managers: readonly FieldManager[];
  /** Not empty: the server would answer 409, unless forced. */
  readonly conflicts: readonly OwnerConflict[];
};

/**
 * What server-side apply makes of a stored object, as structured-merge-diff's `Updater.Apply`: what is applied is
 * merged in, what this manager applied before and does not apply now is removed unless somebody else owns it, and
 * others lose the fields that change. All managers are taken to name their fields in the same version.
 */
export function applyConfiguration(input: ApplyInput): ApplyResult {
  const { live, applied, manager, force = false } = input;
  const schema = input.schema ?? builtinSchema(applied);
  const atom = rootAtom(schema, input.resolve);
  const before = managersOf(live);
  const id: ManagerId = {
    manager,
    operation: "Apply",
    apiVersion: textOf(applied["apiVersion"]),
    subresource: input.subresource ?? "",
  };
  const previous = before.find((one) => sameManager(one, id));
  const fields = fieldSetOf(applied, schema, input);
  const others = before.filter((one) => one !== previous && one.problem === undefined);
  const mine: FieldManager = { ...id, time: previous?.time, fields };
  const merged = mergeValues(live, applied, atom) ?? applied;
  const pruned =
    previous === undefined ? merged : prune(merged, previous.fields, [...others, mine].map(ownFields), atom);
  const result = (pruned ?? merged) as JsonObject;
  const ignored = resetFields(applied, input);
  const comparison = ignoring(compareTyped(live, result, atom), ignored);
  const conflicts = conflictsWith(others, comparison);
  const kept = takeFields(others, comparison);
  const object = normalizeObject(withServerFields(result, live, input), schema, input);
  const normalLive = normalizeObject(withServerFields(live, live, input), schema, input);
  return {
    object,
    changed: !equal(object, normalLive),
    managers: isEmptySet(fields) ? kept : [...kept, mine],
    conflicts: force ? [] : conflicts,
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function ownFields({ fields }: FieldManager): FieldSet {
  return fields;
}

/** Appliers are told apart without their apiVersion. */
function sameManager(a: ManagerId, b: ManagerId): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === "Apply" || a.apiVersion === b.apiVersion)
  );
}

/** Which managers own fields that the comparison adds or changes. */
export function conflictsWith(managers: readonly FieldManager[], { added, modified }: Comparison): OwnerConflict[] {
  const touched = unionSets(modified, added);
  return managers.flatMap(({ manager, operation, apiVersion, subresource, fields }) => {
    const conflict = intersectSets(fields, touched);
    return isEmptySet(conflict) ? [] : [{ owner: { manager, operation, apiVersion, subresource }, fields: conflict }];
  });
}

/** The managers without the fields that somebody else has changed or removed; those without any left are gone. */
export function takeFields(
  managers: readonly FieldManager[],
  { added, modified, removed }: Comparison,
): FieldManager[] {
  const touched = unionSets(modified, added);
  return managers
    .map((one) => ({
      ...one,
      fields: subtractSet(subtractSet(one.fields, intersectSets(one.fields, touched)), removed),
    }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/**
 * Removes what the applier owned the last time and nobody owns now. What it never owned stays, even inside of a map or
 * item that it did.
 */
function prune(merged: JsonValue, last: FieldSet, owned: readonly FieldSet[], atom: Atom): JsonValue {
  if (isEmptySet(last)) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, atom);
  const all = named(valueFieldSet(merged, atom));
  const lastNamed = named(last);
  const bare = removeItems(merged, lastNamed, atom);
  const kept = unionSets(
    named(valueFieldSet(bare, atom)),
    named(owned.reduce((sum, set) => unionSets(sum, set), emptyFieldSet)),
  );
  const withOwned = removeItems(merged, subtractSet(all, kept), atom);
  const left = named(valueFieldSet(withOwned, atom));
  return removeItems(merged, intersectSets(subtractSet(all, left), lastNamed), atom);
}
