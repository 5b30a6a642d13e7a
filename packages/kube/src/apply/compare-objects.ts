import { conflictsOf, formatOwnedPath, leavesOf, needsApply, pathsOf, schemaForKind } from "@fairlead/apimachinery";
import { refOf, type KrmObject } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import type { PublishedSchema } from "../discovery/discovery.ts";
import { hasStatus } from "./plan/desired.ts";
import type { Compare, FieldConflict } from "./plan/plan-object.ts";

/**
 * Compares as the API server's server-side apply does. Custom kinds are compared by the schemas that the server
 * publishes, which are read here; a kind without one is compared with lists as single values, which at worst applies
 * something once too often.
 */
export async function compareObjects(
  client: Client,
  objects: readonly KrmObject[],
  fieldManager: string,
): Promise<Compare> {
  const kinds = new Map<string, { apiVersion: string; kind: string }>();
  for (const object of objects) {
    const { apiVersion, kind } = refOf(object);
    if (schemaForKind(apiVersion, kind) === undefined) kinds.set(`${apiVersion}|${kind}`, { apiVersion, kind });
  }
  const schemas = new Map<string, PublishedSchema>();
  await Promise.all(
    [...kinds].map(async ([key, kind]) => {
      const schema = await client.discovery.schema(kind);
      if (schema !== undefined) schemas.set(key, schema);
    }),
  );
  return (desired, observed, resource) => {
    const published = schemas.get(`${desired.apiVersion}|${desired.kind}`);
    const options = { manager: fieldManager, hasStatus: hasStatus(resource), ...published };
    const need = needsApply(desired, observed, options);
    if (need.kind === "same") return { needed: false, conflicts: [] };
    return { needed: true, changes: need.changes, conflicts: conflictsIn(conflictsOf(desired, observed, options)) };
  };
}

function conflictsIn(conflicts: ReturnType<typeof conflictsOf>): FieldConflict[] {
  return conflicts.map(({ owner, fields }) => ({
    manager: owner.manager,
    fields: [...pathsOf(leavesOf(fields))].map((path) => formatOwnedPath(path).replace(/^\./, "")),
  }));
}
