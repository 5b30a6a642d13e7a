import { get, isObject, type JsonObject, type JsonValue } from "../json.ts";
import { emptyFieldSet, hasPath, type FieldSet } from "./field-set.ts";
import { isFieldsProblem, parseFieldsV1 } from "./fields-v1.ts";
import type { OwnedPath } from "./path-element.ts";

/** Who writes: one entry of `managedFields` per manager, operation and subresource, and of updates per apiVersion. */
export type ManagerId = {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  /** The version in whose terms the fields are named. */
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
};

export type FieldManager = ManagerId & {
  /** RFC 3339; of the last change. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
  /** Why the entry cannot be read; it then owns nothing here. */
  readonly problem?: string;
};

/** More than any object has: the API server folds the entries of updates beyond ten into one. */
const mostManagers = 1000;

/** The entries of `metadata.managedFields` in their order. */
export function managersOf(object: JsonObject): FieldManager[] {
  const list = get(object["metadata"], "managedFields");
  return Array.isArray(list) ? list.slice(0, mostManagers).map(readManager) : [];
}

function readManager(entry: JsonValue): FieldManager {
  const text = (key: string): string => {
    const value = get(entry, key);
    return typeof value === "string" ? value : "";
  };
  const operation = text("operation");
  const fields = parseFieldsV1(get(entry, "fieldsV1"));
  const problem = !isObject(entry)
    ? "is not a map"
    : operation !== "Apply" && operation !== "Update"
      ? "operation is neither Apply nor Update"
      : text("apiVersion") === ""
        ? "has no apiVersion"
        : text("fieldsType") !== "FieldsV1"
          ? "fieldsType is not FieldsV1"
          : isFieldsProblem(fields)
            ? fields.message
            : undefined;
  return {
    manager: text("manager"),
    operation: operation === "Apply" ? "Apply" : "Update",
    apiVersion: text("apiVersion"),
    subresource: text("subresource"),
    time: text("time") || undefined,
    fields: isFieldsProblem(fields) ? emptyFieldSet : fields,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Everybody who owns the field at the path: none, one, or several who agree. */
export function ownersOf(object: JsonObject, path: OwnedPath): FieldManager[] {
  return managersOf(object).filter(({ fields }) => hasPath(fields, path));
}

/** The entry of who applies; of the object itself unless a subresource is named. */
export function applierOf(
  managers: readonly FieldManager[],
  manager: string,
  subresource = "",
): FieldManager | undefined {
  return managers.find(
    (one) => one.manager === manager && one.operation === "Apply" && one.subresource === subresource,
  );
}
