import { get, labelSelector, matchesSelector, type JsonObject } from "@fairlead/apimachinery";
import { collectionOf, type Resource } from "../../resources/resource.ts";
import type { AdmissionHost } from "../host.ts";
import { labelsOf, text } from "../objects.ts";
import type { Binding, Policy } from "./definitions.ts";

export type Params =
  /** One evaluation for each; undefined where the policy has no parameters. */
  | { readonly kind: "params"; readonly params: readonly (JsonObject | undefined)[] }
  | { readonly kind: "failed"; readonly message: string };

const failed = (message: string): Params => ({ kind: "failed", message });

/** The resource of a policy's `paramKind`; text says that it is not served. */
export function paramResource(host: AdmissionHost, { paramKind }: Policy): Resource | undefined | string {
  if (paramKind === undefined) return undefined;
  const found = host.resources.findKind(paramKind.apiVersion, paramKind.kind);
  if (found !== undefined) return found;
  const group = paramKind.apiVersion.includes("/") ? paramKind.apiVersion : `/${paramKind.apiVersion}`;
  return `failed to find resource referenced by paramKind: '${group}, Kind=${paramKind.kind}'`;
}

/** The objects that a binding hands to its policy. */
export function paramsOf(
  host: AdmissionHost,
  resource: Resource | undefined,
  { paramRef }: Binding,
  requestNamespace: string,
): Params {
  if (resource === undefined || paramRef === undefined) return { kind: "params", params: [undefined] };
  const [name, namespace] = [text(paramRef, "name"), text(paramRef, "namespace")];
  const selector = get(paramRef, "selector");
  let within = "";
  if (resource.namespaced) {
    within = namespace === "" ? requestNamespace : namespace;
    if (within === "")
      return failed("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  } else if (namespace !== "") {
    return failed("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  }
  let found: readonly JsonObject[];
  const collection = collectionOf(resource);
  if (name !== "") {
    if (selector !== undefined) return failed("paramRef.name and paramRef.selector are mutually exclusive");
    const one = host.context.get(collection, within, name);
    found = one === undefined ? [] : [one];
  } else if (selector !== undefined) {
    const wanted = labelSelector(selector) ?? [];
    const all = resource.namespaced ? host.context.list(collection, within) : host.context.list(collection);
    found = all.filter((object) => matchesSelector(wanted, labelsOf(object)));
  } else {
    return failed("one of name or selector must be provided");
  }
  if (found.length === 0 && get(paramRef, "parameterNotFoundAction") === "Deny")
    return failed("no params found for policy binding with `Deny` parameterNotFoundAction");
  const stored = { ...resource, version: resource.storageVersion };
  return { kind: "params", params: found.map((object) => host.convert(object, stored, resource)) };
}
