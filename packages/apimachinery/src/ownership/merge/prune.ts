import type { JsonValue } from "../../json.ts";
import type { Atom } from "../atom.ts";
import { valueFieldSet } from "../field-set-of.ts";
import { emptyFieldSet, intersectSets, isEmptySet, subtractSet, unionSets, type FieldSet } from "../field-set.ts";
import { removeItems, withNamedFields } from "./remove-items.ts";

/**
 * Removes what the applier owned the last time and nobody owns now. What it never owned stays, even inside of a map or
 * item that it did.
 */
export function prune(merged: JsonValue, last: FieldSet, owned: readonly FieldSet[], atom: Atom): JsonValue {
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
