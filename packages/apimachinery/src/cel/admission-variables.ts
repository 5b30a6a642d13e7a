import { authorizerType } from "./signatures.ts";
import type { Declarations, DeclaredType } from "./declared.ts";

const object = (name: string, fields: Readonly<Record<string, DeclaredType>>): DeclaredType => ({ name, fields });

const kind = object("kubernetes.GroupVersionKind", { group: "string", version: "string", kind: "string" });
const resource = object("kubernetes.GroupVersionResource", { group: "string", version: "string", resource: "string" });
const userInfo = object("kubernetes.UserInfo", {
  username: "string",
  uid: "string",
  groups: { list: "string" },
  extra: { key: "string", map: { list: "string" } },
});

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

const condition = object("kubernetes.NamespaceCondition", {
  status: "string",
  type: "string",
  lastTransitionTime: "timestamp",
  message: "string",
  reason: "string",
});

const namespace = object("kubernetes.Namespace", {
  metadata: object("kubernetes.NamespaceMetadata", {
    name: "string",
    generateName: "string",
    namespace: "string",
    labels: { key: "string", map: "string" },
    annotations: { key: "string", map: "string" },
    UID: "string",
    creationTimestamp: "timestamp",
    deletionGracePeriodSeconds: "int",
    deletionTimestamp: "timestamp",
    generation: "int",
    resourceVersion: "string",
    finalizers: { list: "string" },
  }),
  spec: object("kubernetes.NamespaceSpec", { finalizers: { list: "string" } }),
  status: object("kubernetes.NamespaceStatus", { conditions: { list: condition }, phase: "string" }),
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
    ...(has.authorizer === true ? { authorizer: authorizerType } : {}),
  };
}
