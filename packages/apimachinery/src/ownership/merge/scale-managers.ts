import { get, textOf, type JsonObject } from "../../json.ts";
import { fieldSetFrom, hasPath, isEmptySet, subtractSet, type FieldSet } from "../field-set.ts";
import type { FieldManager } from "../managers.ts";
import type { OwnedPath } from "../path-element.ts";
import { fieldNames } from "../reset-fields.ts";
import { applyConfiguration } from "./apply-configuration.ts";
import { managedFieldsOf, managerKey, storedManagers, type OwnerConflict } from "./owners.ts";
import { updateManagers } from "./update-managers.ts";

export type ScaleInput = {
  /** The stored object with its `managedFields`. */
  readonly live: JsonObject;
  /** Where it has its replicas: `.spec.replicas` of all built-in kinds. */
  readonly replicasPath: OwnedPath;
  /** As they are stored, and as they are wanted. */
  readonly before: number;
  readonly replicas: number;
  readonly manager: string;
};

const scaleVersion = "autoscaling/v1";
const replicasInScale = fieldNames(["spec", "replicas"]);

/**
 * Who owns what after an update through the `scale` subresource: who scales takes the replicas from whoever owned them.
 * If nobody owned them, nobody does afterwards.
 */
export function scaleManagers(input: ScaleInput): FieldManager[] {
  const { live, replicasPath, before, replicas, manager } = input;
  const parents = storedManagers(live);
  const own = fieldSetFrom([replicasPath]);
  const view = parents
    .filter(({ fields }) => hasPath(fields, replicasPath))
    .map((one) => ({ ...one, apiVersion: scaleVersion, fields: replicasInScale }));
  const scale = scaleObject(live, before, managedFieldsOf(view));
  const updated = scaleObject(live, replicas, managedFieldsOf(view));
  const scaled = updateManagers({
    live: scale,
    updated,
    manager,
    subresource: "scale",
  });
  return merged(parents, scaled, own, replicasPath, textOf(live["apiVersion"]));
}

export type ScaleApplyInput = Omit<ScaleInput, "replicas"> & {
  /** A Scale. */
  readonly applied: JsonObject;
  readonly force: boolean;
  readonly time?: string;
};

export type ScaleApplyResult = {
  readonly replicas: number;
  readonly managers: readonly FieldManager[];
  /** Not empty: the server answers 409. */
  readonly conflicts: readonly OwnerConflict[];
};

/** The same for a server-side apply of a Scale. */
export function applyScale(input: ScaleApplyInput): ScaleApplyResult {
  const { live, replicasPath, before, applied, manager, force, time } = input;
  const parents = storedManagers(live);
  const view = parents
    .filter(({ fields }) => hasPath(fields, replicasPath))
    .map((one) => ({ ...one, apiVersion: scaleVersion, fields: replicasInScale }));
  const result = applyConfiguration({
    live: scaleObject(live, before, managedFieldsOf(view)),
    applied,
    manager,
    force,
    subresource: "scale",
    ...(time === undefined ? {} : { time }),
  });
  const replicas = get(result.object["spec"], "replicas");
  const own = fieldSetFrom([replicasPath]);
  return {
    replicas: typeof replicas === "number" ? replicas : 0,
    managers: merged(parents, result.managers, own, replicasPath, textOf(live["apiVersion"])),
    conflicts: result.conflicts,
  };
}

function scaleObject(live: JsonObject, replicas: number, managedFields: JsonObject[]): JsonObject {
  const metadata = { uid: get(live["metadata"], "uid") ?? "1", managedFields };
  return { apiVersion: scaleVersion, kind: "Scale", metadata, spec: { replicas } };
}

function merged(
  parents: readonly FieldManager[],
  scaled: readonly FieldManager[],
  own: FieldSet,
  path: OwnedPath,
  apiVersion: string,
): FieldManager[] {
  const rest = new Map(scaled.map((one) => [managerKey(one), one]));
  const kept = parents.flatMap((one) => {
    if (!hasPath(one.fields, path)) return [one];
    // Updaters are told apart by their version, which is another one in a Scale.
    const key = managerKey(one);
    if (rest.has(key)) {
      rest.delete(key);
      return [one];
    }
    const fields = subtractSet(one.fields, own);
    return isEmptySet(fields) ? [] : [{ ...one, fields }];
  });
  const added = [...rest.values()].filter(({ fields }) => !isEmptySet(fields));
  // The server forgets when it was.
  return [...kept, ...added.map((one) => ({ ...one, apiVersion, time: undefined, fields: own }))];
}
