import { compareText, get, type JsonObject, textOf } from "@fairlead/apimachinery";
import type { Store } from "../store/store.ts";

export const rbacGroup = "rbac.authorization.k8s.io";

export type RbacCollection =
  | "roles.rbac.authorization.k8s.io"
  | "rolebindings.rbac.authorization.k8s.io"
  | "clusterroles.rbac.authorization.k8s.io"
  | "clusterrolebindings.rbac.authorization.k8s.io";

/** The roles and bindings as they are stored now. Objects are shared: nobody changes them. */
export interface RbacObjects {
  /** In the order of keys. `namespace` is empty for cluster-scoped collections. */
  list(collection: RbacCollection, namespace: string): readonly JsonObject[];
  get(collection: RbacCollection, namespace: string, name: string): JsonObject | undefined;
  /**
   * Differs from what it was whenever an object of the collection, in that namespace, has come, gone or changed since.
   * Asked on each decision: it must cost next to nothing.
   */
  version(collection: RbacCollection, namespace: string): number;
}

const collections: ReadonlySet<string> = new Set<RbacCollection>([
  "roles.rbac.authorization.k8s.io",
  "rolebindings.rbac.authorization.k8s.io",
  "clusterroles.rbac.authorization.k8s.io",
  "clusterrolebindings.rbac.authorization.k8s.io",
]);

/** The roles and bindings of a store. `close` ends its subscription. */
export function storedRbacObjects(store: Store): RbacObjects & { close(): void } {
  // By `collection/namespace`: the revision of the last change.
  const changed = new Map<string, number>();
  const close = store.subscribe(({ collection, stored, revision }) => {
    if (!collections.has(collection)) return;
    const slash = stored.key.indexOf("/");
    changed.set(`${collection}/${slash < 0 ? "" : stored.key.slice(0, slash)}`, revision);
  });
  return {
    list: (collection, namespace) => {
      const options = namespace === "" ? {} : { prefix: `${namespace}/` };
      return Array.from(store.range(collection, options), (stored) => stored.object);
    },
    get: (collection, namespace, name) =>
      store.get(collection, namespace === "" ? name : `${namespace}/${name}`)?.object,
    version: (collection, namespace) => changed.get(`${collection}/${namespace}`) ?? 0,
    close,
  };
}

/** Roles and bindings that never change. */
export function staticRbacObjects(objects: readonly JsonObject[]): RbacObjects {
  const byKey = new Map<string, JsonObject>();
  const byScope = new Map<string, JsonObject[]>();
  const sorted = objects
    .map((object) => ({ object, ...placeOf(object) }))
    .toSorted((a, b) => compareText(a.scope, b.scope) || compareText(a.name, b.name));
  for (const { object, scope, name } of sorted) {
    byKey.set(`${scope}/${name}`, object);
    const list = byScope.get(scope);
    if (list === undefined) byScope.set(scope, [object]);
    else list.push(object);
  }
  return {
    list: (collection, namespace) => byScope.get(`${collection}/${namespace}`) ?? [],
    get: (collection, namespace, name) => byKey.get(`${collection}/${namespace}/${name}`),
    version: () => 0,
  };
}

function placeOf(object: JsonObject): { readonly scope: string; readonly name: string } {
  const metadata = get(object, "metadata");
  const namespace = get(metadata, "namespace") ?? "";
  return {
    scope: `${textOf(get(object, "kind")).toLowerCase()}s.${rbacGroup}/${textOf(namespace)}`,
    name: textOf(get(metadata, "name")),
  };
}
