import { compareText } from "../../compare-text.ts";
import type { JsonObject } from "../../json.ts";
import { intersectSets, isEmptySet, subtractSet, unionSets, type FieldSet } from "../field-set.ts";
import { fieldsV1 } from "../fields-v1.ts";
import { managersOf, type FieldManager, type ManagerId } from "../managers.ts";
import type { Comparison } from "./compare-values.ts";

/** A manager's fields that would get another value. */
export type OwnerConflict = { readonly owner: ManagerId; readonly fields: FieldSet };

/** Appliers are told apart without their apiVersion. */
export function sameManager(a: ManagerId, b: ManagerId): boolean {
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
export function withoutFields(
  managers: readonly FieldManager[],
  { added, modified, removed }: Comparison,
): FieldManager[] {
  const touched = unionSets(unionSets(modified, added), removed);
  return managers
    .map((one) => ({ ...one, fields: subtractSet(one.fields, touched) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** The manager as its identity is written: equal texts, equal managers. */
export function managerKey({ manager, operation, apiVersion, subresource }: ManagerId): string {
  const id = { manager, operation, apiVersion: operation === "Apply" ? undefined : apiVersion };
  return JSON.stringify({ ...id, subresource: subresource === "" ? undefined : subresource });
}

/** The managers of a stored object. Of entries with one identity the last stands, as for the server. */
export function storedManagers(object: JsonObject): FieldManager[] {
  const byKey = new Map<string, FieldManager>();
  for (const one of managersOf(object)) {
    const key = managerKey(one);
    byKey.delete(key);
    byKey.set(key, one);
  }
  return [...byKey.values()];
}

/** Seconds since 1970; 0 without a time. */
export function secondsOf({ time }: FieldManager): number {
  const parsed = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(parsed) ? 0 : Math.floor(parsed / 1000);
}

/** `metadata.managedFields` of the managers, in the server's order: by operation, time, name, version, subresource. */
export function managedFieldsOf(managers: readonly FieldManager[]): JsonObject[] {
  return managers
    .toSorted(
      (a, b) =>
        compareText(a.operation, b.operation) ||
        secondsOf(a) - secondsOf(b) ||
        compareText(a.manager, b.manager) ||
        compareText(a.apiVersion, b.apiVersion) ||
        compareText(a.subresource, b.subresource),
    )
    .map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
      ...(manager === "" ? {} : { manager }),
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: "FieldsV1",
      fieldsV1: fieldsV1(fields),
      ...(subresource === "" ? {} : { subresource }),
    }));
}
