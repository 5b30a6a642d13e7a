import {
  applyConfiguration,
  formatOwnedPath,
  equal,
  get,
  isObject,
  managedFieldsOf,
  textOf,
  typedProblems,
  updateManagers,
  type FieldSet,
  type FieldSetOptions,
  type JsonObject,
  type JsonValue,
  type OwnedPath,
  type OwnerConflict,
} from "@fairlead/apimachinery";
import { ApiError } from "../../errors.ts";
import type { Kind } from "../../resources/kind.ts";
import { fromStorage, kindIn } from "../versions.ts";
import { metadataOf, withMetadata } from "./metadata.ts";
import type { Scope } from "./parts.ts";

export function fieldOptions(kind: Kind, subresource: string): FieldSetOptions {
  const { resolve } = kind;
  return { subresource, hasStatus: kind.hasStatus, ...(resolve === undefined ? {} : { resolve }) };
}

/** The object with `managedFields` as they are after an update, patch or create by the scope's manager. */
export function withUpdatedManagers(
  { kind: stored, resource = stored.resource, subresource, fieldManager }: Scope,
  live: JsonObject | undefined,
  updated: JsonObject,
  time: string,
): JsonObject {
  // Managers own fields as the request names them.
  const kind = kindIn(stored, resource);
  const seen = (object: JsonObject): JsonObject =>
    kind === stored || object["kind"] !== resource.kind ? object : fromStorage(object, resource);
  const schema = kind.schema === undefined ? {} : { schema: kind.schema };
  const managers = updateManagers({
    ...fieldOptions(kind, subresource),
    ...schema,
    ...(live === undefined ? {} : { live: seen(live) }),
    updated: seen(updated),
    manager: fieldManager,
    time,
  });
  const managedFields = managedFieldsOf(managers);
  return withMetadata(updated, { managedFields: managedFields.length === 0 ? undefined : managedFields });
}

/** As Go prints a GroupVersionKind: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`. */
export function goKind(apiVersion: string, kind: string): string {
  return `${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`;
}

/** What a server-side apply makes of the stored object; throws 409 on conflicts, 500 where it cannot be merged. */
export function applied(
  { kind, subresource, fieldManager }: Scope,
  live: JsonObject | undefined,
  configuration: JsonObject,
  { force, time }: { readonly force: boolean; readonly time: string },
): JsonObject {
  const options = fieldOptions(kind, subresource);
  const problems = typedProblems(configuration, kind.schema, options);
  if (problems.length > 0) {
    const list = problems.map(({ path, message }) => `${path}: ${message}`);
    const text = list.length === 1 ? list[0]! : `errors:\n${list.map((line) => `  ${line}`).join("\n")}`;
    const { apiVersion, kind: name } = configuration;
    const qualified = `${textOf(metadataOf(configuration)["namespace"])}/${textOf(metadataOf(configuration)["name"])}`;
    throw new ApiError(
      500,
      "",
      `failed to create typed patch object (${qualified}; ${goKind(textOf(apiVersion), textOf(name))}): ${text}`,
    );
  }
  const result = applyConfiguration({
    ...options,
    ...(kind.schema === undefined ? {} : { schema: kind.schema }),
    ...(live === undefined ? {} : { live }),
    applied: configuration,
    manager: fieldManager,
    force,
    time,
  });
  if (result.conflicts.length > 0) throw applyConflict(result.conflicts);
  if (live !== undefined && !result.changed && !result.managersChanged) return live;
  const managedFields = managedFieldsOf(result.managers);
  return withMetadata(result.object, { managedFields: managedFields.length === 0 ? undefined : managedFields });
}

/** 409 with every field that others own, by owners' names; of each what is a value before what has parts. */
export function applyConflict(conflicts: readonly OwnerConflict[]): ApiError {
  const sorted = [...conflicts].sort(({ owner: a }, { owner: b }) => (ownerOrder(a) < ownerOrder(b) ? -1 : 1));
  const all = sorted.flatMap(({ owner, fields }) => {
    const { manager, operation, apiVersion, subresource } = owner;
    const through = subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`;
    const using = operation === "Update" ? ` using ${apiVersion}` : "";
    const who = `${JSON.stringify(manager)}${through}${using}`;
    return [...membersFirst(fields)].map((path) => ({ who, path: formatOwnedPath(path) }));
  });
  const causes = all.map(({ who, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${who}`,
    field: path,
  }));
  return new ApiError(409, "Conflict", conflictText(all), { causes });
}

function ownerOrder({ manager, operation, apiVersion, subresource }: OwnerConflict["owner"]): string {
  return JSON.stringify([manager, operation, apiVersion, subresource]);
}

/** The order in which the server walks a set: the members of each level, then what lies below them. */
function* membersFirst({ entries }: FieldSet): Generator<OwnedPath> {
  for (const { element, member } of entries) if (member) yield [element];
  for (const { element, children } of entries) {
    if (children !== undefined) for (const rest of membersFirst(children)) yield [element, ...rest];
  }
}

function conflictText(all: readonly { readonly who: string; readonly path: string }[]): string {
  const first = all[0]!;
  if (all.length === 1) return `Apply failed with 1 conflict: conflict with ${first.who}: ${first.path}`;
  const byOwner = Map.groupBy(all, ({ who }) => who);
  const lines = [...byOwner].flatMap(([who, paths]) => [
    `conflicts with ${who}:`,
    ...paths.map(({ path }) => `- ${path}`),
  ]);
  return `Apply failed with ${all.length} conflicts: ${lines.join("\n")}`;
}

/**
 * The object with the old `managedFields` where nothing but their times differs: who writes the same again changes
 * nothing.
 */
export function withoutIdleTimes(
  object: JsonObject,
  old: JsonObject,
  isSame: (a: JsonObject, b: JsonObject) => boolean,
): JsonObject {
  const before = get(old["metadata"], "managedFields");
  const after = get(object["metadata"], "managedFields");
  if (!Array.isArray(before) || !Array.isArray(after)) return object;
  const withoutTimes = after.map(withoutTime);
  if (!equal(withoutTimes, before.map(withoutTime))) return object;
  const candidate = withMetadata(object, { managedFields: before });
  return isSame(candidate, old) ? old : object;
}

function withoutTime(entry: JsonValue): JsonValue {
  if (!isObject(entry)) return entry;
  const { time: _, ...rest } = entry;
  return rest;
}
