import type { JsonValue } from "@fairlead/apimachinery";
import type { KrmObject, ObjectMeta } from "@fairlead/krm";
import { KubeError } from "../errors.ts";
import type { ObjectKey, Resource } from "../resource.ts";
import type { Call } from "./caller.ts";
import type { CallOptions, DeleteOptions, ListOptions, PatchType, WatchOptions, WriteOptions } from "./client.ts";
import { collectionIn, pathOf, placed, type Query, withQuery } from "./paths.ts";

export const contentTypes: { readonly [type in PatchType | "apply"]: string } = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/** A call about one object; `fallback` is the namespace of keys that name none. */
export function objectCall(
  verb: string,
  method: Call["method"],
  resource: Resource,
  key: ObjectKey,
  fallback: string,
  { subresource, signal, deadlineMs }: CallOptions,
  query: Query = {},
): Call {
  return {
    verb,
    method,
    resource,
    key: placed(resource, key, fallback),
    path: withQuery(pathOf(resource, key, fallback, subresource), query),
    signal,
    deadlineMs,
  };
}

export function collectionCall(
  verb: string,
  method: Call["method"],
  resource: Resource,
  { namespace, signal, deadlineMs, ...options }: ListOptions,
): Call {
  return {
    verb,
    method,
    resource,
    key: namespace === undefined ? {} : { namespace },
    signal,
    deadlineMs,
    path: withQuery(collectionIn(resource, namespace), {
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      resourceVersion: options.resourceVersion,
      resourceVersionMatch: options.resourceVersionMatch,
      limit: options.limit,
      continue: options.continue,
    }),
  };
}

export function watchCall(resource: Resource, { namespace, signal, ...options }: WatchOptions): Call {
  return {
    verb: "watch",
    method: "GET",
    resource,
    key: namespace === undefined ? {} : { namespace },
    signal,
    path: withQuery(collectionIn(resource, namespace), {
      watch: true,
      allowWatchBookmarks: options.allowWatchBookmarks ?? true,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      resourceVersion: options.resourceVersion,
      sendInitialEvents: options.sendInitialEvents,
      // The server wants to be told, though it knows no other.
      resourceVersionMatch: options.sendInitialEvents === undefined ? undefined : "NotOlderThan",
      timeoutSeconds: options.timeoutSeconds,
    }),
  };
}

/** An object without a name is a new one of its collection; a subresource is always one of an object. */
export function createCall(resource: Resource, object: KrmObject, fallback: string, options: WriteOptions): Call {
  const key = keyOf(object);
  const query = writeQuery(options);
  if (options.subresource !== undefined) {
    return { ...objectCall("create", "POST", resource, key, fallback, options, query), body: object };
  }
  const namespace = resource.namespaced ? (key.namespace ?? fallback) : undefined;
  return {
    verb: "create",
    method: "POST",
    resource,
    key: namespace === undefined ? key : { ...key, namespace },
    path: withQuery(collectionIn(resource, namespace), query),
    body: object,
    signal: options.signal,
    deadlineMs: options.deadlineMs,
  };
}

export function pathCall(method: "GET" | "POST", path: string, { signal, deadlineMs }: CallOptions): Call {
  if (!path.startsWith("/")) {
    throw new KubeError("bad-request", `the path ${JSON.stringify(path)} does not begin with a slash`);
  }
  return { verb: method, method, path, signal, deadlineMs };
}

export function writeQuery({ dryRun, fieldManager, fieldValidation }: WriteOptions): Query {
  return { dryRun: dryRun === true ? "All" : undefined, fieldManager, fieldValidation };
}

/** In the body: the server ignores the query when there is one. */
export function deleteBody({ dryRun, propagation, gracePeriodSeconds, preconditions }: DeleteOptions): JsonValue {
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(dryRun === true ? { dryRun: ["All"] } : {}),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions: { ...preconditions } }),
  };
}

export function keyOf(object: KrmObject): ObjectKey {
  const { name = "", namespace } = (object.metadata as ObjectMeta | undefined) ?? {};
  return namespace === undefined ? { name } : { name, namespace };
}
