import { get, isObject, setOwn, textOf, type JsonObject, type JsonValue } from "../../json.ts";
import type { Atom } from "../atom.ts";
import { valueFieldSet } from "../field-set-of.ts";
import { emptyFieldSet, isEmptySet, subtractSet, type FieldSet } from "../field-set.ts";
import { goJson } from "../go-json.ts";
import { compareTyped } from "./compare-values.ts";
import type { OwnerConflict } from "./owners.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

/** The manager of `kubectl apply --server-side`: it may go on where the client-side `kubectl apply` has left off. */
export const kubectlManager = "kubectl";

function lastApplied(object: JsonObject): string {
  const text = get(get(object["metadata"], "annotations"), annotation);
  return typeof text === "string" ? text : "";
}

/** The fields of client-side apply's annotation that still have the value that it gave them. */
function unchangedSince(live: JsonObject, atom: Atom): FieldSet {
  const object = readObject(lastApplied(live));
  if (object === undefined || object["apiVersion"] !== live["apiVersion"]) return emptyFieldSet;
  const { modified, added, removed } = compareTyped(object, live, atom);
  return [modified, added, removed].reduce(subtractSet, valueFieldSet(object, atom));
}

function readObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The conflicts that are left for kubectl: those over fields that client-side apply has not set. */
export function kubectlConflicts(
  conflicts: readonly OwnerConflict[],
  live: JsonObject,
  atom: Atom,
): readonly OwnerConflict[] {
  if (conflicts.length === 0 || lastApplied(live) === "") return conflicts;
  const own = unchangedSince(live, atom);
  return conflicts
    .map(({ owner, fields }) => ({ owner, fields: subtractSet(fields, own) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** Beyond it the API server refuses annotations. */
const mostBytes = 256 * 1024;

/** The merged object with the annotation brought up to date, where it has one; without it where it becomes too long. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  if (lastApplied(object) === "") return object;
  const metadata = object["metadata"] as JsonObject;
  const annotations = { ...(metadata["annotations"] as JsonObject) };
  setOwn(annotations, annotation, `${goJson(withoutAnnotation(applied))}\n`);
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + bytes(key) + bytes(textOf(value)), 0);
  if (size > mostBytes) delete annotations[annotation];
  return { ...object, metadata: { ...metadata, annotations } };
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

function withoutAnnotation(applied: JsonObject): JsonObject {
  const metadata = get(applied, "metadata");
  const annotations = get(metadata, "annotations");
  if (!isObject(metadata) || !isObject(annotations) || !Object.hasOwn(annotations, annotation)) return applied;
  const kept = { ...annotations };
  delete kept[annotation];
  const rest: JsonObject = { ...metadata };
  if (Object.keys(kept).length === 0) delete rest["annotations"];
  else rest["annotations"] = kept;
  return { ...applied, metadata: rest };
}
