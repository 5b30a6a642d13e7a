import { isObject, type GroupVersionResource, type JsonObject, type MatchRequest } from "@fairlead/apimachinery";
import { storeCollection } from "../resources/kind.ts";
import type { Resource } from "../resources/resource.ts";
import type { AdmissionRequest } from "./admission.ts";
import type { AdmissionHost } from "./host.ts";
import { labelsOf } from "./objects.ts";

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The kind of a request's body: that of the resource, or of the subresource where it has one of its own. */
export function kindOf(resource: Resource, subresource: string): GroupVersionKind {
  const found = resource.subresources.get(subresource);
  if (found === undefined || found.kind === resource.kind)
    return { group: resource.group, version: resource.version, kind: resource.kind };
  const { group, version, kind } = found;
  return version === "" ? { group: resource.group, version: resource.version, kind } : { group, version, kind };
}

export const resourceOf = ({ group, version, plural }: Resource): GroupVersionResource => ({
  group,
  version,
  resource: plural,
});

/** The name, which of an object that is created may be known only by now. */
export function nameOf({ name, object }: AdmissionRequest): string {
  const metadata = object?.["metadata"] as JsonObject | undefined;
  return name === "" && typeof metadata?.["name"] === "string" ? metadata["name"] : name;
}

/**
 * The `request` of an AdmissionReview and of expressions, without `uid` and the objects. `matched` is the resource as
 * which the request is seen: an equivalent of its own.
 */
export function requestObject(request: AdmissionRequest, matched: Resource): JsonObject {
  const { resource, subresource, namespace, operation, user, dryRun, options } = request;
  const name = nameOf(request);
  const userInfo: JsonObject = {
    ...(user.name === "" ? {} : { username: user.name }),
    ...(user.uid === undefined || user.uid === "" ? {} : { uid: user.uid }),
    ...(user.groups.length === 0 ? {} : { groups: [...user.groups] }),
    ...(user.extra === undefined || Object.keys(user.extra).length === 0
      ? {}
      : { extra: Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]])) }),
  };
  return {
    kind: { ...kindOf(matched, subresource) },
    resource: { ...resourceOf(matched) },
    ...(subresource === "" ? {} : { subResource: subresource }),
    requestKind: { ...kindOf(resource, subresource) },
    requestResource: { ...resourceOf(resource) },
    ...(subresource === "" ? {} : { requestSubResource: subresource }),
    ...(name === "" ? {} : { name }),
    ...(namespace === "" ? {} : { namespace }),
    operation,
    userInfo,
    dryRun,
    options: Object.keys(options).length === 0 ? null : seenOptions(operation, options),
  };
}

/** A patch is an update, or a creation, to whoever looks at it. */
function seenOptions(operation: string, { force, ...options }: JsonObject): JsonObject {
  if (options["kind"] !== "PatchOptions") return force === undefined ? options : { ...options, force };
  return { ...options, kind: operation === "CREATE" ? "CreateOptions" : "UpdateOptions" };
}

/** The same objects in the other versions, and groups, that serve them. */
export function equivalentsOf(host: AdmissionHost, resource: Resource): Resource[] {
  const { group, version } = resource;
  const collection = storeCollection(resource);
  return host.resources
    .all()
    .filter((one) => storeCollection(one) === collection && (one.group !== group || one.version !== version));
}

/** The request as rules and selectors look at it. */
export function matchRequestOf(host: AdmissionHost, request: AdmissionRequest): MatchRequest {
  const { operation, resource, subresource, namespace, object, old } = request;
  let equivalents: readonly GroupVersionResource[] | undefined;
  return {
    operation,
    resource: resourceOf(resource),
    subresource,
    namespace,
    name: nameOf(request),
    namespaceLabels: () => {
      const found = host.context.get("namespaces", "", namespace);
      return found === undefined ? undefined : labelsOf(found);
    },
    labels: labelsIn(object),
    oldLabels: labelsIn(old),
    equivalents: () => (equivalents ??= equivalentsOf(host, resource).map(resourceOf)),
  };
}

/** Options of a connection have no labels: selectors do not choose them. */
function labelsIn(object: JsonObject | undefined): Record<string, string> | undefined {
  return isObject(object?.["metadata"]) ? labelsOf(object) : undefined;
}

const exempt = new Set([
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
]);

/** What is asked about who somebody is and what they may do; policies that had a say in it could lock everybody out. */
const reviews = new Set([
  "localsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectreviews.authentication.k8s.io",
  "selfsubjectrulesreviews.authorization.k8s.io",
  "subjectaccessreviews.authorization.k8s.io",
  "tokenreviews.authentication.k8s.io",
]);

/** Policies see neither policies nor reviews. */
export function isExemptFromPolicies(request: AdmissionRequest): boolean {
  return isExempt(request) || reviews.has(storeCollection(request.resource));
}

/** Webhooks and policies have no say about webhooks and policies: else nobody could mend them. */
export function isExempt({ resource }: AdmissionRequest): boolean {
  return resource.group === "admissionregistration.k8s.io" && exempt.has(resource.kind);
}
