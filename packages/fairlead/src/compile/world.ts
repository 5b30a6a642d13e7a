import { compareText } from "@fairlead/apimachinery";
import type { KrmObject, ObjectRef } from "@fairlead/krm";
import { refOf } from "@fairlead/krm";
import type { EnvironmentSpec } from "../kinds/environment.ts";
import type { Declaration } from "../plan/declaration.ts";
import type { World } from "../plan/world.ts";

export interface WorldInput {
  readonly environment: string | undefined;
  readonly settings: EnvironmentSpec;
  readonly declarations: readonly Declaration[];
  readonly objects: readonly KrmObject[];
  /** References of objects of ours that could not be read. */
  readonly broken?: readonly ObjectRef[];
}

/** Indexes the input once; lookups do not depend on how many objects there are, nor on their order. */
export function createWorld(input: WorldInput): World {
  const declared = indexBy(input.declarations, (declaration) => declaration.ref);
  const objects = indexBy(input.objects, refOf);
  const broken = indexBy(input.broken ?? [], (ref) => ref);
  const world = {
    environment: { name: input.environment, settings: input.settings },
    broken: (kind: string, namespace: string | undefined, name: string) =>
      broken.find(kind, namespace, name) !== undefined,
    declared: (kind: string, namespace: string | undefined, name: string) => declared.find(kind, namespace, name),
    allDeclared: (kind: string) => declared.all(kind),
    object: (kind: string, namespace: string | undefined, name: string) => objects.find(kind, namespace, name),
    allObjects: (kind: string) => objects.all(kind),
  };
  return world as World;
}

function indexBy<T>(items: readonly T[], refOfItem: (item: T) => ObjectRef) {
  const byKind = new Map<string, { list: T[]; byName: Map<string, T>; sorted: boolean }>();
  for (const item of items) {
    const ref = refOfItem(item);
    let entry = byKind.get(ref.kind);
    if (entry === undefined) byKind.set(ref.kind, (entry = { list: [], byName: new Map(), sorted: false }));
    entry.list.push(item);
    entry.byName.set(nameKey(ref.namespace, ref.name), item);
  }
  const find = (kind: string, namespace: string | undefined, name: string): T | undefined => {
    const names = byKind.get(kind)?.byName;
    if (names === undefined) return undefined;
    // An object without a namespace goes wherever the rest goes, so it is in reach of every namespace.
    return names.get(nameKey(namespace, name)) ?? names.get(nameKey(undefined, name));
  };
  const all = (kind: string): readonly T[] => {
    const entry = byKind.get(kind);
    if (entry === undefined) return [];
    if (!entry.sorted) {
      entry.list.sort((a, b) => compareRefs(refOfItem(a), refOfItem(b)));
      entry.sorted = true;
    }
    return entry.list;
  };
  return { find, all };
}

function nameKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

/** Orders by namespace, kind, name, apiVersion; code units, so that no locale plays a part. */
export function compareRefs(a: ObjectRef, b: ObjectRef): number {
  return (
    compareText(a.namespace ?? "", b.namespace ?? "") ||
    compareText(a.kind, b.kind) ||
    compareText(a.name, b.name) ||
    compareText(a.apiVersion, b.apiVersion)
  );
}
