import { definition, isObject, strategicMerge, nearest, type JsonObject, type Schema } from "@fairlead/apimachinery";
import type { Finding, ObjectRef } from "@fairlead/krm";
import { compileFinding } from "./findings.ts";

/** Something that can be extended: an App, a Task, a ContainerTemplate. */
export interface Base {
  readonly ref: ObjectRef;
  readonly spec: JsonObject;
}

/** `broken` is a base that is in the input and could not be read: it has findings of its own. */
export type Lookup = (namespace: string | undefined, name: string) => Base | "broken" | undefined;

const deepest = 32;

export interface Resolution {
  /** Undefined when a base is missing, broken or its own: the object cannot be compiled. */
  readonly spec: JsonObject | undefined;
  readonly findings: readonly Finding[];
}

/** Who extends, and where it says so. */
export interface Extender {
  readonly ref: ObjectRef;
  readonly field: readonly (string | number)[];
  readonly kind: string;
  readonly names: () => readonly string[];
}

/**
 * Merges a chain of bases under `spec`, the farthest first, by strategic-merge rules. `extends` and `abstract` are of
 * each level alone and do not come along.
 */
export function resolveBases(spec: JsonObject, who: Extender, lookup: Lookup, schema: Schema): Resolution {
  const chain: JsonObject[] = [spec];
  const seen = new Set<string>(who.kind === who.ref.kind ? [who.ref.name] : []);
  const path: string[] = [...seen];
  let next = spec["extends"];
  while (typeof next === "string") {
    path.push(next);
    if (seen.has(next)) {
      return failed(
        compileFinding("FL111", {
          message: `extends goes in a circle: ${path.join(" → ")}`,
          hint: "remove one of these extends",
          object: who.ref,
          field: who.field,
        }),
      );
    }
    if (chain.length > deepest) {
      return failed(
        compileFinding("FL112", {
          message: `more than ${deepest} levels of extends, beginning ${path.slice(0, 4).join(" → ")}`,
          object: who.ref,
          field: who.field,
        }),
      );
    }
    seen.add(next);
    const base = lookup(who.ref.namespace, next);
    if (base === "broken") return { spec: undefined, findings: [] };
    if (base === undefined) return failed(unknownBase(next, who, path));
    chain.push(base.spec);
    next = base.spec["extends"];
  }
  if (chain.length === 1) return { spec, findings: [] };
  let merged: JsonObject = {};
  for (const level of chain.reverse()) merged = mergeSpec(merged, level, schema);
  if (spec["abstract"] === true) merged["abstract"] = true;
  return { spec: merged, findings: [] };
}

function mergeSpec(below: JsonObject, above: JsonObject, schema: Schema): JsonObject {
  const { extends: _extends, abstract: _abstract, ...own } = above;
  const merged = strategicMerge(below, own, schema, { resolve: definition });
  return isObject(merged) ? merged : own;
}

function unknownBase(name: string, who: Extender, path: readonly string[]): Finding {
  const guess = nearest(name, who.names());
  const through = path.length > 2 ? ` (reached through ${path.slice(0, -1).join(" → ")})` : "";
  return compileFinding("FL110", {
    message: `there is no ${who.kind} ${JSON.stringify(name)}${through}`,
    hint:
      guess === undefined
        ? `add ${withArticle(who.kind)} named ${name} to the input, or correct the name`
        : `did you mean ${guess}?`,
    object: who.ref,
    field: who.field,
  });
}

function withArticle(kind: string): string {
  return `${/^[AEIOU]/.test(kind) ? "an" : "a"} ${kind}`;
}

function failed(finding: Finding): Resolution {
  return { spec: undefined, findings: [finding] };
}
