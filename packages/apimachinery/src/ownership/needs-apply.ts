import { equal, isObject, type JsonObject } from "../json.ts";
import { diff, type Change } from "../merge/diff.ts";
import type { Schema } from "../schema/schema.ts";
import { builtinSchema, fieldSetOf, type FieldSetOptions } from "./field-set-of.ts";
import { equalSets } from "./field-set.ts";
import { applierOf, managersOf } from "./managers.ts";
import { applyConfiguration, type OwnerConflict } from "./merge/apply-configuration.ts";
import { normalizeObject, withServerFields } from "./merge/normalize.ts";

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
  const schema = options.schema ?? builtinSchema(desired);
  const { object, changed } = applyConfiguration({
    ...options,
    ...(schema === undefined ? {} : { schema }),
    live: observed,
    applied: desired,
    force: true,
  });
  if (!changed && ownsExactly(desired, observed, schema, options)) return { kind: "same" };
  const before = normalizeObject(withServerFields(observed, observed, options), schema, options);
  return { kind: "different", changes: equal(before, object) ? [] : diff(before, object, schema, options) };
}

function ownsExactly(
  desired: JsonObject,
  observed: JsonObject,
  schema: Schema | undefined,
  options: NeedsApplyOptions,
): boolean {
  const entry = applierOf(managersOf(observed), options.manager, options.subresource);
  const fields = fieldSetOf(desired, schema, options);
  if (entry === undefined) return fields.entries.length === 0;
  return entry.problem === undefined && entry.apiVersion === desired["apiVersion"] && equalSets(entry.fields, fields);
}

export type ConflictOptions = NeedsApplyOptions;

/**
 * The other managers, of Apply or Update, who own fields that `desired` sets to other values: for which the server
 * would answer 409 unless it is forced.
 */
export function conflictsOf(desired: JsonObject, observed: JsonObject, options: ConflictOptions): OwnerConflict[] {
  if (!isObject(observed)) return [];
  return [...applyConfiguration({ ...options, live: observed, applied: desired }).conflicts];
}
