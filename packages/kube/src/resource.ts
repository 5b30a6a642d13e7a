import type { ObjectRef } from "@fairlead/krm";

/** A kind as the API server serves it: what a URL needs and what tells which calls are possible. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The plural in URLs, such as `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** `get`, `list`, `watch`, `create`, … */
  readonly verbs?: readonly string[];
  /** Such as `status`, `scale`, `log`. */
  readonly subresources?: readonly string[];
}

/** Which object of a resource. */
export interface ObjectKey {
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly name: string;
}

/** `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: Pick<Resource, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `/api/v1`, `/apis/apps/v1`. */
export function groupVersionPath({ group, version }: Pick<Resource, "group" | "version">): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The URL path of a collection: in one namespace, or in all of them. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${groupVersionPath(resource)}${scope}/${resource.plural}`;
}

/** The URL path of one object, or of one of its subresources. */
export function objectPath(resource: Resource, key: ObjectKey, subresource?: string): string {
  const path = `${collectionPath(resource, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** The reference by which findings, errors and logs name an object. */
export function refTo(resource: Resource, key: Partial<ObjectKey>): ObjectRef {
  const namespace = resource.namespaced && key.namespace !== undefined ? { namespace: key.namespace } : {};
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...namespace, name: key.name ?? "" };
}
