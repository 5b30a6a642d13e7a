import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Dependent } from "../controllers/controller.ts";
import { mayContain } from "../store/may-contain.ts";
import type { Store } from "../store/store.ts";

export interface DependentsIndex {
  of(uid: string): readonly Dependent[];
  close(): void;
}

/**
 * Which objects name an owner, kept as the store changes: finding them takes no look at the others. It is made when
 * somebody asks first, so that a cluster with many objects begins, or is forked, at once.
 */
export function indexDependents(store: Store): DependentsIndex {
  let made: DependentsIndex | undefined;
  return {
    of: (uid) => (made ??= makeIndex(store)).of(uid),
    close: () => made?.close(),
  };
}

function makeIndex(store: Store): DependentsIndex {
  const byOwner = new Map<string, Map<string, Dependent>>();

  function change(collection: string, object: JsonObject, add: boolean): void {
    const owners = get(object["metadata"], "ownerReferences");
    if (!Array.isArray(owners)) return;
    const [namespace, name] = ["namespace", "name"].map((key) => textOf(get(object["metadata"], key))) as [
      string,
      string,
    ];
    for (const owner of owners) {
      const uid = textOf(get(owner, "uid"));
      const id = `${collection} ${namespace}/${name}`;
      if (add) {
        const there = byOwner.get(uid) ?? new Map<string, Dependent>();
        there.set(id, { collection, namespace, name });
        byOwner.set(uid, there);
      } else {
        const there = byOwner.get(uid);
        there?.delete(id);
        if (there?.size === 0) byOwner.delete(uid);
      }
    }
  }

  const mayHaveOwner = mayContain('"ownerReferences":');
  for (const collection of store.collections()) {
    for (const stored of store.range(collection)) if (mayHaveOwner(stored)) change(collection, stored.object, true);
  }
  const close = store.subscribe(({ collection, kind, stored, previous }) => {
    if (previous !== undefined) change(collection, previous.object, false);
    if (kind !== "deleted") change(collection, stored.object, true);
  });
  return { of: (uid) => [...(byOwner.get(uid)?.values() ?? [])], close };
}
