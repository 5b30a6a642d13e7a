import { KubeError } from "../errors.ts";
import { collectionPath, type ObjectKey, objectPath, type Resource } from "../resource.ts";

export type Query = { readonly [name: string]: string | number | boolean | undefined };

/** Adds a query to a path, which may have one already. */
export function withQuery(path: string, query: Query): string {
  let text = "";
  for (const name of Object.keys(query)) {
    const value = query[name];
    if (value !== undefined)
      text += `${text === "" && !path.includes("?") ? "?" : "&"}${name}=${encodeURIComponent(value)}`;
  }
  return path + text;
}

/**
 * The path of an object, in the namespace `fallback` if its key names none. An empty name would be the collection, and
 * `..` its parent: both are refused here, since a deletion would take everything.
 */
export function pathOf(resource: Resource, key: ObjectKey, fallback: string, subresource?: string): string {
  check(resource, "name", key.name);
  return objectPath(resource, placed(resource, key, fallback), subresource);
}

export function collectionIn(resource: Resource, namespace: string | undefined): string {
  if (resource.namespaced && namespace !== undefined) check(resource, "namespace", namespace);
  return collectionPath(resource, namespace);
}

export function placed(resource: Resource, key: ObjectKey, fallback: string): ObjectKey {
  if (!resource.namespaced) return { name: key.name };
  const namespace = key.namespace ?? fallback;
  check(resource, "namespace", namespace);
  return { name: key.name, namespace };
}

function check({ kind }: Resource, what: string, value: unknown): void {
  if (typeof value === "string" && value !== "" && value !== "." && value !== ".." && !/[/%]/.test(value)) return;
  const found = typeof value === "string" ? JSON.stringify(value) : typeof value;
  throw new KubeError("bad-request", `${kind}: the ${what} ${found} cannot be part of a path`);
}
