import { equal, get, type JsonObject } from "../json.ts";
import { diff, type Change } from "../merge/diff.ts";
import type { Schema } from "../schema/schema.ts";
import { rootAtom } from "./atom.ts";
import { builtinSchema, fieldSetOf, type FieldSetOptions } from "./field-set-of.ts";
import { fieldsV1 } from "./fields-v1.ts";
import { applyConfiguration, sameOwners } from "./merge/apply-configuration.ts";
import { kubectlManager } from "./merge/last-applied.ts";
import { mergeValues } from "./merge/merge-values.ts";
import type { OwnerConflict } from "./merge/owners.ts";

export type NeedsApplyOptions = FieldSetOptions & {
  /** The field manager of the apply. */
  readonly manager: string;
  /** Of the kind, as the server publishes it; that of a built-in kind, else none, unless said. */
  readonly schema?: Schema;
};

export type ApplyNeed =
  | { readonly kind: "same" }
  | {
      readonly kind: "different";
      /** From the stored object to what it becomes; empty when only ownership changes. */
      readonly changes: readonly Change[];
    };

/**
 * Whether a forced server-side apply of `desired` by the manager would change `observed`: its fields, or who owns
 * them. In doubt it is "different": an apply that changes nothing does no harm, one that is left out does.
 */
export function needsApply(desired: JsonObject, observed: JsonObject, options: NeedsApplyOptions): ApplyNeed {
  if (isAppliedAsIs(desired, observed, options)) return { kind: "same" };
  const result = applyConfiguration({ ...options, live: observed, applied: desired, force: true });
  const { object, before, changed, owners, managers } = result;
  if (!changed && sameOwners(owners, managers)) return { kind: "same" };
  const schema = options.schema ?? builtinSchema(desired);
  return { kind: "different", changes: changed ? diff(before, object, schema, options) : [] };
}

/**
 * The other managers, of Apply or Update, who own fields that `desired` sets to other values: for which the server
 * would answer 409 unless it is forced.
 */
export function conflictsOf(
  desired: JsonObject,
  observed: JsonObject,
  options: NeedsApplyOptions,
): readonly OwnerConflict[] {
  return applyConfiguration({ ...options, live: observed, applied: desired }).conflicts;
}

/**
 * The common case, found without reading what others own: the manager's entry is written as it would be written again,
 * and no value is written otherwise than it is stored.
 */
function isAppliedAsIs(desired: JsonObject, observed: JsonObject, options: NeedsApplyOptions): boolean {
  const list = get(observed["metadata"], "managedFields");
  // An apply by kubectl may write an annotation of its own.
  if (!Array.isArray(list) || options.manager === kubectlManager) return false;
  const entry = list.find(
    (one) =>
      get(one, "manager") === options.manager &&
      get(one, "operation") === "Apply" &&
      (get(one, "subresource") ?? "") === (options.subresource ?? ""),
  );
  if (get(entry, "apiVersion") !== desired["apiVersion"]) return false;
  const schema = options.schema ?? builtinSchema(desired);
  if (!equal(get(entry, "fieldsV1"), fieldsV1(fieldSetOf(desired, schema, options)))) return false;
  return equal(observed, mergeValues(observed, desired, rootAtom(schema, options.resolve)));
}
