import {
  emptyFieldSet,
  intersectSets,
  isEmptySet,
  managedFieldsOf,
  managersOf,
  subtractSet,
  type FieldManager,
  type JsonObject,
} from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";

/** What an adopted object's other managers have to let go of. */
export interface SharedFields {
  /** Who else owns fields that this manager applies. Sorted. */
  readonly managers: readonly string[];
  /** `metadata.managedFields` in which nobody else does. */
  readonly managedFields: readonly JsonObject[];
}

/**
 * Fields that a manager applies and others own as well, with the same value. As long as they do, a field that is no
 * longer declared stays in the object: it is theirs. `kubectl apply --server-side` takes over from its own former self
 * for that reason. Entries of subresources belong to controllers and are left alone. Undefined if nothing is shared.
 */
export function sharedFields(object: KrmObject, manager: string): SharedFields | undefined {
  const managers = managersOf(object);
  const isOurs = (one: FieldManager): boolean => one.manager === manager && one.operation === "Apply";
  const ours = managers.find((one) => isOurs(one) && one.subresource === "")?.fields ?? emptyFieldSet;
  const names = new Set<string>();
  const left = managers.flatMap((one): FieldManager[] => {
    if (isOurs(one) || one.subresource !== "" || one.problem !== undefined) return [one];
    if (isEmptySet(intersectSets(one.fields, ours))) return [one];
    names.add(one.manager);
    const fields = subtractSet(one.fields, ours);
    return isEmptySet(fields) ? [] : [{ ...one, fields }];
  });
  if (names.size === 0) return undefined;
  return { managers: [...names].sort(), managedFields: managedFieldsOf(left) };
}
