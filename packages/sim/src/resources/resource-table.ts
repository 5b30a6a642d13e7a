import { compareText } from "@fairlead/apimachinery";
import { compareVersions } from "./compare-versions.ts";
import { apiVersionOf, collectionOf, type Resource, type ResourceTable } from "./resource.ts";

/** A table whose custom resources come and go. */
export interface MutableResourceTable extends ResourceTable {
  /** Replaces what a CustomResourceDefinition is served as: all its served versions. An empty list removes it. */
  setCustom(definition: string, resources: readonly Resource[]): void;
}

interface Index {
  readonly all: readonly Resource[];
  readonly byPath: ReadonlyMap<string, Resource>;
  readonly byKind: ReadonlyMap<string, Resource>;
  readonly byCollection: ReadonlyMap<string, Resource>;
}

/**
 * The built-in resources in the order given, and custom ones behind them: their groups by name, versions as
 * `compareVersions` orders them, resources by name.
 */
export function createResourceTable(builtin: readonly Resource[]): MutableResourceTable {
  const custom = new Map<string, readonly Resource[]>();
  let generation = 1;
  let index: Index | undefined;
  const current = (): Index => (index ??= build(builtin, [...custom.values()].flat()));
  return {
    find: (group, version, plural) => current().byPath.get(`${group}/${version}/${plural}`),
    findKind: (apiVersion, kind) => current().byKind.get(`${apiVersion}/${kind}`),
    preferred: (collection) => current().byCollection.get(collection),
    all: () => current().all,
    get generation() {
      return generation;
    },
    setCustom: (definition, resources) => {
      if (resources.length === 0 && !custom.has(definition)) return;
      if (resources.length === 0) custom.delete(definition);
      else custom.set(definition, resources);
      generation++;
      index = undefined;
    },
  };
}

function build(builtin: readonly Resource[], custom: readonly Resource[]): Index {
  // A group that is built in keeps its place; a definition adds to it.
  const rank = new Map<string, number>();
  for (const { group } of builtin) if (!rank.has(group)) rank.set(group, rank.size);
  const rankOf = (resource: Resource): number => rank.get(resource.group) ?? rank.size;
  const sorted = [...custom].sort(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      compareText(a.group, b.group) ||
      compareVersions(a.version, b.version) ||
      compareText(a.plural, b.plural),
  );
  const all = sorted.every((one) => !rank.has(one.group))
    ? [...builtin, ...sorted]
    : [...builtin, ...sorted].sort((a, b) => rankOf(a) - rankOf(b));
  const byPath = new Map<string, Resource>();
  const byKind = new Map<string, Resource>();
  const byCollection = new Map<string, Resource>();
  for (const resource of all) {
    const set = (map: Map<string, Resource>, key: string): void => {
      if (!map.has(key)) map.set(key, resource);
    };
    set(byPath, `${resource.group}/${resource.version}/${resource.plural}`);
    set(byKind, `${apiVersionOf(resource)}/${resource.kind}`);
    set(byCollection, collectionOf(resource));
  }
  return { all, byPath, byKind, byCollection };
}
