import {
  definition,
  formatPath,
  isObject,
  nearest,
  schemaForKind,
  strategicMerge,
  type JsonObject,
  type JsonValue,
  type Schema,
} from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { items, object, text } from "./read.ts";

/** One entry of `patches`, as App and Task have it. */
export interface Patch {
  readonly target: { readonly kind: string; readonly name?: string };
  readonly patch: { readonly [field: string]: JsonValue };
}

export interface PatchProblem {
  /** The index in `patches`. */
  readonly index: number;
  readonly kind: "unmatched" | "refused";
  readonly message: string;
  readonly hint: string;
}

/** Argo's Rollout has the pod template of a Deployment, so that its lists merge by the same keys. */
const rolloutSchema: Schema = {
  type: "object",
  properties: {
    spec: { type: "object", properties: { template: { $ref: "io.k8s.api.core.v1.PodTemplateSpec" } } },
  },
};

/**
 * Applies patches in order, by strategic-merge rules where the kind's schema is known. What an object is (apiVersion,
 * kind, name, namespace) stays: owners and references are computed from it.
 */
export function applyPatches(
  objects: readonly KrmObject[],
  patches: readonly Patch[] | undefined,
): { readonly objects: readonly KrmObject[]; readonly problems: readonly PatchProblem[] } {
  const problems: PatchProblem[] = [];
  const result = [...objects];
  for (const [index, { target: wanted, patch }] of items(patches).entries()) {
    const target = object(wanted);
    const change = object(patch);
    if (target === undefined || change === undefined) continue;
    const kind = text(target.kind) ?? "";
    const name = text(target.name);
    let matched = false;
    for (const [at, candidate] of result.entries()) {
      if (candidate.kind !== kind || (name !== undefined && candidate.metadata.name !== name)) continue;
      matched = true;
      const patched = merge(candidate, change, (message) =>
        problems.push({
          index,
          kind: "refused",
          message,
          hint: "write the patch as `kubectl patch --type=strategic` takes it",
        }),
      );
      if (isSame(candidate, patched)) result[at] = patched as KrmObject;
      else {
        problems.push({
          index,
          kind: "refused",
          message: `the patch changes what ${kind} ${candidate.metadata.name} is`,
          hint: "leave apiVersion, kind, metadata.name and metadata.namespace out of the patch",
        });
      }
    }
    if (!matched) problems.push(unmatched(index, kind, name, objects));
  }
  return { objects: result, problems };
}

function merge(base: KrmObject, patch: JsonObject, refused: (message: string) => void): JsonValue {
  const schema = base.kind === "Rollout" ? rolloutSchema : schemaForKind(base.apiVersion, base.kind);
  const report = (path: readonly (string | number)[], message: string): void =>
    refused(path.length === 0 ? message : `${formatPath(path)}: ${message}`);
  return strategicMerge(base, patch, schema, { resolve: definition, report });
}

function isSame(before: KrmObject, after: JsonValue): boolean {
  if (!isObject(after) || !isObject(after["metadata"])) return false;
  const meta = after["metadata"];
  return (
    after["apiVersion"] === before.apiVersion &&
    after["kind"] === before.kind &&
    meta["name"] === before.metadata.name &&
    meta["namespace"] === before.metadata.namespace
  );
}

function unmatched(index: number, kind: string, name: string | undefined, objects: readonly KrmObject[]): PatchProblem {
  const kinds = [...new Set(objects.map((one) => one.kind))].sort();
  const names = objects.filter((one) => one.kind === kind).map((one) => String(one.metadata.name));
  const what = name === undefined ? kind : `${kind} ${name}`;
  const meant = names.length > 0 && name !== undefined ? nearest(name, names) : nearest(kind, kinds);
  const known = names.length > 0 ? names.join(", ") : kinds.join(", ");
  return {
    index,
    kind: "unmatched",
    message: `no ${what} comes out of this declaration`,
    hint: meant === undefined ? `there ${known === "" ? "is nothing" : `are ${known}`}` : `did you mean ${meant}?`,
  };
}
