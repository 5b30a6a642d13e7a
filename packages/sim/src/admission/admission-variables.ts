import type { Variables } from "@fairlead/apimachinery/cel";
import type { JsonObject } from "@fairlead/apimachinery";
import { internalError } from "../errors.ts";
import type { Resource } from "../resources/resource.ts";
import type { AdmissionRequest } from "./admission.ts";
import type { AdmissionHost } from "./host.ts";
import { nameOf, requestObject } from "./request-object.ts";

/** The variables of Kubernetes' admission expressions for one request, seen as one resource. */
export function admissionVariables(
  host: AdmissionHost,
  request: AdmissionRequest,
  matched: Resource,
  namespaceObject?: JsonObject,
): Record<string, Variables[string]> {
  const { resource, subresource, namespace, user } = request;
  const seen = (object: JsonObject | undefined): JsonObject | null =>
    object === undefined ? null : matched === resource ? object : host.convert(object, resource, matched);
  return {
    object: { kind: "json", value: seen(request.object) },
    oldObject: { kind: "json", value: seen(request.old) },
    request: { kind: "json", value: requestObject(request, matched) },
    namespaceObject: { kind: "json", value: namespaceObject ?? null },
    authorizer: {
      kind: "authorizer",
      authorize: ({ serviceAccount, ...check }) => {
        const asking =
          serviceAccount === undefined ? user : serviceAccountUser(serviceAccount.namespace, serviceAccount.name);
        if (check.kind === "path") return host.authorizer.decide({ ...check, user: asking });
        return host.authorizer.decide({ ...check, version: "*", user: asking });
      },
      request: { group: resource.group, resource: resource.plural, subresource, namespace, name: nameOf(request) },
    },
  };
}

function serviceAccountUser(namespace: string, name: string) {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  return { name: `system:serviceaccount:${namespace}:${name}`, groups };
}

/** The resource under which a rule named it; one that is gone by now cannot be converted to. */
export function matchedResource(
  host: AdmissionHost,
  request: AdmissionRequest,
  { group, version, resource }: { readonly group: string; readonly version: string; readonly resource: string },
): Resource {
  const own = request.resource;
  if (own.group === group && own.version === version && own.plural === resource) return own;
  const found = host.resources.find(group, version, resource);
  if (found !== undefined) return found;
  throw internalError(`unable to convert to ${group}/${version}, Resource=${resource}: unknown kind`);
}
