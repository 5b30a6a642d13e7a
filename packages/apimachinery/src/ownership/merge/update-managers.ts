import { compareText } from "../../compare-text.ts";
import { equal, get, textOf, type JsonObject } from "../../json.ts";
import type { Schema } from "../../schema/schema.ts";
import { rootAtom } from "../atom.ts";
import { builtinSchema, withoutIdentity, type FieldSetOptions } from "../field-set-of.ts";
import { isEmptySet, subtractTrees, unionSets } from "../field-set.ts";
import type { FieldManager, ManagerId } from "../managers.ts";
import { resetFields } from "../reset-fields.ts";
import { compareTyped, ignoring } from "./compare-values.ts";
import { emptyObject, withZeroValues } from "./empty-object.ts";
import { normalizeObject } from "./normalize.ts";
import { sharing } from "./sharing.ts";
import { reconcileManagers } from "./reconcile.ts";
import { managerKey, sameManager, secondsOf, storedManagers, withoutFields } from "./owners.ts";

export type UpdateInput = FieldSetOptions & {
  /** The stored object with its `managedFields`; none for a create. */
  readonly live?: JsonObject;
  /** What is to be stored: as it was sent, patched, and before admission and allocation. */
  readonly updated: JsonObject;
  /** It is as `normalizeObject` makes it, apart from metadata that the server itself has set. */
  readonly isNormal?: boolean;
  readonly manager: string;
  /** RFC 3339, of the request. */
  readonly time?: string;
  /** Of the kind; that of a built-in kind, else none, unless said. */
  readonly schema?: Schema;
};

/**
 * Who owns what after a create, update or patch that is no apply, as structured-merge-diff's `Updater.Update` and the
 * API server around it: the manager gets every field that changes, everybody else loses those that change or go.
 */
export function updateManagers(input: UpdateInput): FieldManager[] {
  const { live, updated, subresource = "" } = input;
  const managers = startingManagers(live, updated, subresource);
  // An object that was stored without managers is not tracked before somebody applies it.
  if (managers.length === 0 && live !== undefined) return [];
  return capManagers(changeManagers({ ...input, managers }));
}

type Change = UpdateInput & { readonly managers: readonly FieldManager[] };

/** The same without the rules for objects that nobody manages. */
export function changeManagers(input: Change): FieldManager[] {
  const { live, updated, manager, time, managers, subresource = "" } = input;
  const schema = input.schema ?? builtinSchema(updated);
  const apiVersion = textOf(updated["apiVersion"]);
  const normal = unowned(input.isNormal === true ? updated : normalizeObject(updated, schema, input));
  const [before, after] =
    live === undefined
      ? [emptyObject(apiVersion, textOf(updated["kind"])), withZeroValues(normal, {})[0]]
      : withZeroValues(unowned(live), sharing(normal, live));
  const ignored = resetFields(updated, input);
  const atom = rootAtom(schema, input.resolve);
  const comparison = ignoring(compareTyped(before, after, atom), ignored);
  const kept = withoutFields(reconcileManagers(managers, atom), comparison);
  const fields = withoutIdentity(subtractTrees(unionSets(comparison.modified, comparison.added), ignored));
  if (isEmptySet(fields)) return kept;
  const id: ManagerId = { manager: manager === "" ? "unknown" : manager, operation: "Update", apiVersion, subresource };
  const previous = kept.find((one) => sameManager(one, id));
  const mine = { ...id, time, fields: previous === undefined ? fields : unionSets(fields, previous.fields) };
  return [...kept.filter((one) => one !== previous), mine];
}

function unowned(object: JsonObject): JsonObject {
  if (get(object["metadata"], "managedFields") === undefined) return object;
  const metadata = { ...(object["metadata"] as JsonObject) };
  delete metadata["managedFields"];
  return { ...object, metadata };
}

/** A client may send other managers: none leaves those that are stored, an empty list or one empty entry resets them. */
function startingManagers(live: JsonObject | undefined, updated: JsonObject, subresource: string): FieldManager[] {
  const stored = live === undefined ? [] : readable(live);
  if (subresource !== "") return stored;
  const sent = get(updated["metadata"], "managedFields");
  if (!Array.isArray(sent)) return stored;
  // In a custom resource the server cannot tell an empty list from none.
  if (equal(sent, [{}]) || (sent.length === 0 && builtinSchema(updated) !== undefined)) return [];
  const managers = readable(updated);
  return managers.length === 0 ? stored : managers;
}

/** All of them or none: what cannot be read is given up. */
function readable(object: JsonObject): FieldManager[] {
  const managers = storedManagers(object);
  return managers.some(({ problem }) => problem !== undefined) ? [] : managers;
}

const mostUpdaters = 10;
const oldUpdates = "ancient-changes";

/** Beyond ten entries of updates, the oldest of each version become one. */
function capManagers(managers: readonly FieldManager[]): FieldManager[] {
  const updaters = managers
    .filter(({ operation }) => operation === "Update")
    .sort((a, b) => secondsOf(a) - secondsOf(b) || compareText(managerKey(a), managerKey(b)));
  const byKey = new Map(managers.map((one) => [managerKey(one), one]));
  const firsts = new Map<string, string>();
  let count = updaters.length;
  for (const updater of updaters) {
    if (count <= mostUpdaters) break;
    const { apiVersion } = updater;
    const id: ManagerId = { manager: oldUpdates, operation: "Update", apiVersion, subresource: "" };
    const bucket = managerKey(id);
    const first = firsts.get(apiVersion);
    if (first === undefined) {
      firsts.set(apiVersion, managerKey(updater));
      continue;
    }
    const into = byKey.get(bucket) ?? byKey.get(first)!;
    if (!byKey.has(bucket)) byKey.delete(first);
    byKey.delete(managerKey(updater));
    byKey.set(bucket, { ...id, time: updater.time, fields: unionSets(updater.fields, into.fields) });
    count--;
  }
  return [...byKey.values()];
}
