import type { Declarations, DeclaredType } from "./declared.ts";

const object = (name: string, fields: Readonly<Record<string, DeclaredType>>): DeclaredType => ({ name, fields });

const kind = object("kubernetes.GroupVersionKind", { group: "string", version: "string", kind: "string" });
const resource = object("kubernetes.GroupVersionResource", { group: "string", version: "string", resource: "string" });
const userInfo = object("kubernetes.UserInfo", { username: "string", uid: "string", groups: "list", extra: "map" });

const request = object("kubernetes.AdmissionRequest", {
  kind,
  resource,
  subResource: "string",
  requestKind: kind,
  requestResource: resource,
  requestSubResource: "string",
  name: "string",
  namespace: "string",
  operation: "string",
  userInfo,
  dryRun: "bool",
  options: "dyn",
});

const namespace = object("kubernetes.Namespace", {
  metadata: object("kubernetes.NamespaceMetadata", {
    name: "string",
    generateName: "string",
    namespace: "string",
    labels: "map",
    annotations: "map",
    UID: "string",
    creationTimestamp: "unknown",
    deletionGracePeriodSeconds: "int",
    deletionTimestamp: "unknown",
    generation: "int",
    resourceVersion: "string",
    finalizers: "list",
  }),
  spec: object("kubernetes.NamespaceSpec", { finalizers: "list" }),
  status: object("kubernetes.NamespaceStatus", { conditions: "list", phase: "string" }),
});

/**
 * What expressions of admission may name: `object`, `oldObject`, `request`, `namespaceObject`, and with the options
 * `params` and `authorizer`. A policy adds `variables`.
 */
export function requestDeclarations(
  has: { readonly params?: boolean; readonly authorizer?: boolean } = {},
): Declarations {
  return {
    object: "dyn",
    oldObject: "dyn",
    request,
    namespaceObject: namespace,
    ...(has.params === true ? { params: "dyn" as const } : {}),
    ...(has.authorizer === true ? { authorizer: "unknown" as const } : {}),
  };
}
