import { equal, type JsonObject, matchesSelector, labelSelector, type Selector } from "@fairlead/apimachinery";
import type { Api, ControllerWatch } from "../controller.ts";
import { asKind, controllerOf, keyOf, type Kinded, type OwnerReference, type Texts } from "./objects.ts";

type Change = Parameters<ControllerWatch["keys"]>[1];

export interface OwnedWatch<T extends Kinded> {
  readonly watch: ControllerWatch;
  /** What the owner controls, and what nobody controls in its namespace: by name. */
  candidates(api: Api, owner: Kinded): T[];
  /** What the owner controls, by name. */
  controlled(api: Api, owner: Kinded): T[];
}

export interface OwnedOptions {
  readonly collection: string;
  /** `apps/v1` and `ReplicaSet` of the owners. */
  readonly owner: { readonly apiVersion: string; readonly kind: string; readonly collection: string };
  /** Of an owner's spec; undefined if owners do not take orphans in. */
  readonly selector?: (owner: JsonObject) => Selector | undefined;
}

/**
 * Watches what owners of a kind control: a change is one of its controller's, before and after it, and one of those
 * that might take it in if it is an orphan that came or whose labels changed. It remembers the orphans, which the API
 * finds by looking at everything only.
 */
export function ownedWatch<T extends Kinded>(options: OwnedOptions): OwnedWatch<T> {
  const { collection, owner: ownerKind, selector } = options;
  const orphans = new Map<string, Set<string>>();

  function remember(object: Kinded, isOrphan: boolean): void {
    const { namespace, name } = object.metadata;
    const names = orphans.get(namespace);
    if (!isOrphan) {
      names?.delete(name);
      if (names?.size === 0) orphans.delete(namespace);
    } else if (names === undefined) orphans.set(namespace, new Set([name]));
    else names.add(name);
  }

  function isOwner(reference: OwnerReference | undefined): reference is OwnerReference {
    if (reference === undefined || reference.kind !== ownerKind.kind) return false;
    return groupOf(reference.apiVersion) === groupOf(ownerKind.apiVersion);
  }

  function adopters({ metadata }: Kinded, api: Api): string[] {
    const labels: Texts = metadata.labels ?? {};
    if (selector === undefined || Object.keys(labels).length === 0) return [];
    const keys: string[] = [];
    for (const owner of api.list(ownerKind.collection, metadata.namespace)) {
      const wanted = selector(owner);
      if (wanted !== undefined && wanted.length > 0 && matchesSelector(wanted, labels)) keys.push(keyOf(asKind(owner)));
    }
    return keys;
  }

  function keysOf(json: JsonObject, change: Change): string[] {
    const object = asKind<T>(json);
    const { namespace } = object.metadata;
    const controller = controllerOf(object);
    remember(object, controller === undefined && change.kind !== "deleted");
    const found: string[] = [];
    const previous = change.previous === undefined ? undefined : asKind<T>(change.previous);
    const before = previous === undefined ? undefined : controllerOf(previous);
    const hasMoved = change.kind === "modified" && before?.uid !== controller?.uid;
    if (hasMoved && isOwner(before)) found.push(`${namespace}/${before.name}`);
    if (controller !== undefined) {
      if (isOwner(controller)) found.push(`${namespace}/${controller.name}`);
      return found;
    }
    if (change.kind === "deleted") return found;
    const isNew = change.kind === "added" || previous === undefined;
    if (isNew || hasMoved || !equal(previous.metadata.labels, object.metadata.labels)) {
      for (const key of adopters(object, change.api)) if (!found.includes(key)) found.push(key);
    }
    return found;
  }

  function controlled(api: Api, owner: Kinded): T[] {
    const found: T[] = [];
    for (const one of api.dependents(owner.metadata.uid)) {
      if (one.collection !== collection || one.namespace !== owner.metadata.namespace) continue;
      const object = api.get(collection, one);
      if (object === undefined) continue;
      const typed = asKind<T>(object);
      if (controllerOf(typed)?.uid === owner.metadata.uid) found.push(typed);
    }
    return found.sort(byName);
  }

  return {
    watch: { collection, keys: keysOf },
    controlled,
    candidates(api, owner) {
      const found = controlled(api, owner);
      const { namespace } = owner.metadata;
      for (const name of orphans.get(namespace) ?? []) {
        const object = api.get(collection, { namespace, name });
        if (object !== undefined && controllerOf(asKind(object)) === undefined) found.push(asKind<T>(object));
      }
      return found.sort(byName);
    },
  };
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

function byName(a: Kinded, b: Kinded): number {
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0;
}

/** Of `spec.selector`, as most workloads have it. */
export function specSelector(object: JsonObject): Selector | undefined {
  const { spec } = object as { spec?: JsonObject };
  return labelSelector(spec?.["selector"]);
}

/** A change of the object itself, by its own key. */
export function ownWatch(collection: string): ControllerWatch {
  return { collection, keys: (object) => [keyOf(asKind(object))] };
}
