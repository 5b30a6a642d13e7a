import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { Finding } from "../finding/finding.ts";
import { inputFindings } from "../input-findings.ts";
import { refOf, type KrmObject } from "../object.ts";

/** The annotations with which orchestrators track an item, each with the name that older ones use. */
export const trackingAnnotations = {
  path: ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"],
  index: ["internal.config.kubernetes.io/index", "config.kubernetes.io/index"],
  id: ["internal.config.kubernetes.io/id", "config.k8s.io/id"],
} as const satisfies Record<string, readonly [string, string]>;

export const seqIndentAnnotation = "internal.config.kubernetes.io/seqindent";

/** The file and the place in it that an item came from, as its annotations say. */
export function placeOf(object: JsonObject): { path?: string; index?: number } {
  const read = (names: readonly string[]): string | undefined => {
    for (const name of names) {
      const value = get(get(get(object, "metadata"), "annotations"), name);
      if (typeof value === "string") return value;
    }
    return undefined;
  };
  const path = read(trackingAnnotations.path);
  const index = read(trackingAnnotations.index);
  return {
    ...(path === undefined ? {} : { path }),
    ...(index !== undefined && /^\d{1,9}$/.test(index) ? { index: Number(index) } : {}),
  };
}

function annotationsOf(object: JsonObject | undefined): JsonObject {
  const annotations = get(get(object, "metadata"), "annotations");
  return isObject(annotations) ? annotations : {};
}

/**
 * Brings each tracking annotation and its older name to the same value: the one that the function changed wins; one
 * that it removed is removed under both names. Two different changes are a contradiction.
 * @param before The item as it came in; undefined for a new one.
 * @param bothNames Whether the orchestrator uses both names, which new items must then have, too.
 */
export function syncTracking(
  object: KrmObject,
  before: JsonObject | undefined,
  bothNames: boolean,
): { object: KrmObject; findings: readonly Finding[] } {
  const old = annotationsOf(before);
  const now = annotationsOf(object);
  const changes: [string, string | undefined][] = [];
  const findings: Finding[] = [];
  for (const [name, legacy] of Object.values(trackingAnnotations)) {
    const value = textOf(now, name);
    const legacyValue = textOf(now, legacy);
    if (value === legacyValue) continue;
    const both =
      before === undefined ? bothNames : textOf(old, name) !== undefined && textOf(old, legacy) !== undefined;
    if (!both) continue;
    const changed = before === undefined ? value !== undefined : value !== textOf(old, name);
    const legacyChanged = before === undefined ? legacyValue !== undefined : legacyValue !== textOf(old, legacy);
    if (changed && legacyChanged) {
      findings.push(
        inputFindings("FL044", {
          object: refOf(object),
          field: ["metadata", "annotations", name],
          message: `${name} is ${JSON.stringify(value ?? null)} and ${legacy} is ${JSON.stringify(legacyValue ?? null)}`,
          hint: `change one of them; the other follows`,
        }),
      );
    }
    if (changed) changes.push([legacy, value]);
    else changes.push([name, legacyValue]);
  }
  return { object: changes.length === 0 ? object : withAnnotations(object, changes), findings };
}

function textOf(annotations: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

function withAnnotations(object: KrmObject, changes: readonly [string, string | undefined][]): KrmObject {
  const annotations = { ...annotationsOf(object) } as { [key: string]: string };
  for (const [name, value] of changes) {
    if (value === undefined) delete annotations[name];
    else annotations[name] = value;
  }
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Whether any of the items carries the older names. */
export function usesLegacyNames(objects: readonly JsonObject[]): boolean {
  return objects.some((object) => Object.hasOwn(annotationsOf(object), trackingAnnotations.path[1]));
}
