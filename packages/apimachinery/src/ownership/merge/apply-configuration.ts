import { equal, type JsonObject, type JsonValue } from "../../json.ts";
import type { Schema } from "../../schema/schema.ts";
import { rootAtom } from "../atom.ts";
import { builtinSchema, fieldSetOf, type FieldSetOptions } from "../field-set-of.ts";
import { equalSets, isEmptySet } from "../field-set.ts";
import { managersOf, type FieldManager, type ManagerId } from "../managers.ts";
import { resetFields } from "../reset-fields.ts";
import { compareTyped, ignoring } from "./compare-values.ts";
import { emptyObject } from "./empty-object.ts";
import { kubectlConflicts, kubectlManager, withLastApplied } from "./last-applied.ts";
import { mergeValues } from "./merge-values.ts";
import { normalizeObject } from "./normalize.ts";
import { conflictsWith, managerKey, sameManager, storedManagers, withoutFields, type OwnerConflict } from "./owners.ts";
import { prune } from "./prune.ts";
import { reconcileManagers } from "./reconcile.ts";
import { withAllocations, withServerFields } from "./server-fields.ts";
import { changeManagers } from "./update-managers.ts";

export type ApplyInput = FieldSetOptions & {
  /** The stored object with its `managedFields`; none where the apply creates it. */
  readonly live?: JsonObject;
  readonly applied: JsonObject;
  readonly manager: string;
  /** Takes fields that others own and that get another value. */
  readonly force?: boolean;
  /** RFC 3339, of the request. */
  readonly time?: string;
  /** Of the kind; that of a built-in kind, else none, unless said. */
  readonly schema?: Schema;
};

export type ApplyResult = {
  /** The merged object in normal form, without `managedFields`. */
  readonly object: JsonObject;
  /** The stored object in the same form. */
  readonly before: JsonObject;
  /** Whether these two differ. */
  readonly changed: boolean;
  /** Who owned what before, in terms of the schema: it may be newer or older than the server's. */
  readonly owners: readonly FieldManager[];
  /** In no particular order; see `managedFieldsOf`. */
  readonly managers: readonly FieldManager[];
  /** Whether anybody owns other fields than before. If neither, the server writes nothing, not even the time. */
  readonly managersChanged: boolean;
  /** Not empty: the server answers 409, and the rest of the result is what force would give. */
  readonly conflicts: readonly OwnerConflict[];
};

/**
 * What server-side apply makes of a stored object, as structured-merge-diff's `Updater.Apply`: what is applied is
 * merged in, what this manager applied before and does not apply now is removed unless somebody else owns it, and
 * others lose the fields that change. All managers are taken to name their fields in the same version.
 */
export function applyConfiguration(input: ApplyInput): ApplyResult {
  const { applied, manager, time, force = false } = input;
  const schema = input.schema ?? builtinSchema(applied);
  const atom = rootAtom(schema, input.resolve);
  const id: ManagerId = {
    manager,
    operation: "Apply",
    apiVersion: textOf(applied["apiVersion"]),
    subresource: input.subresource ?? "",
  };
  const live = input.live ?? emptyObject(id.apiVersion, textOf(applied["kind"]));
  const stored = storedManagers(live);
  const owners = stored.length > 0 ? reconcileManagers(stored, atom) : unmanaged(input);
  const previous = owners.find((one) => sameManager(one, id));
  const others = owners.filter((one) => one !== previous);
  const fields = fieldSetOf(applied, schema, input);

  const merged = mergeValues(live, applied, atom) ?? applied;
  const owned = [...others.map((one) => one.fields), fields];
  // Who applies the same fields again has none to take back.
  const keeps = previous === undefined || equalSets(previous.fields, fields);
  const pruned = keeps ? merged : prune(merged, previous.fields, owned, atom);
  const result = (pruned ?? merged) as JsonObject;
  const comparison = ignoring(compareTyped(live, result, atom), resetFields(applied, input));
  const mine = { ...id, time: equal(live, result) ? previous?.time : time, fields };
  const managers = [...withoutFields(others, comparison), ...(isEmptySet(fields) ? [] : [mine])];

  const isKubectl = manager === kubectlManager;
  const normal = (value: JsonObject): JsonObject =>
    normalizeObject(withServerFields(value, live, input), schema, input);
  const before = normal(live);
  const allocated = withAllocations(normal(result), before);
  const object = isKubectl ? withServerFields(withLastApplied(allocated, applied), live, input) : allocated;
  const conflicts = force ? [] : conflictsWith(others, comparison);
  return {
    object,
    before,
    changed: !equal(object, before),
    owners,
    managers,
    managersChanged: !sameOwners(managersOf(live), managers),
    conflicts: isKubectl ? kubectlConflicts(conflicts, live, atom) : conflicts,
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The first apply of an object without managers makes one of all that is there. */
function unmanaged({ live, ...input }: ApplyInput): readonly FieldManager[] {
  if (live === undefined) return [];
  const created = { ...input, updated: live, manager: "before-first-apply", managers: [] };
  return changeManagers(created);
}

/** Whether two lists of managers own the same; not if one cannot be read. */
export function sameOwners(before: readonly FieldManager[], after: readonly FieldManager[]): boolean {
  if (before.length !== after.length) return false;
  const byKey = new Map(after.map((one) => [managerKey(one), one]));
  return before.every((one) => {
    const other = byKey.get(managerKey(one));
    const same = one.apiVersion === other?.apiVersion && equalSets(one.fields, other.fields);
    return one.problem === undefined && same;
  });
}
