import { isObject, type JsonObject } from "@fairlead/apimachinery";
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from "../src/admission/admission.ts";
import { createAdmission } from "../src/admission/chain.ts";
import { ApiError } from "../src/errors.ts";
import type { Resource } from "../src/resources/resource.ts";

export function resource(group: string, plural: string, kind: string, namespaced = true, version = "v1"): Resource {
  return {
    group,
    version,
    plural,
    kind,
    namespaced,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: [],
    subresources: new Map(),
    storageVersion: version,
  };
}

export const resources = {
  pods: resource("", "pods", "Pod"),
  services: resource("", "services", "Service"),
  configMaps: resource("", "configmaps", "ConfigMap"),
  namespaces: resource("", "namespaces", "Namespace", false),
  nodes: resource("", "nodes", "Node", false),
  claims: resource("", "persistentvolumeclaims", "PersistentVolumeClaim"),
  deployments: resource("apps", "deployments", "Deployment"),
  ingresses: resource("networking.k8s.io", "ingresses", "Ingress"),
  priorityClasses: resource("scheduling.k8s.io", "priorityclasses", "PriorityClass", false),
  signingRequests: resource("certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest", false),
};

/** A creation by `admin` in namespace `shop`, unless told otherwise; what was warned is in `warnings`. */
export function request(
  of: Resource,
  object: JsonObject | undefined,
  more: Partial<AdmissionRequest> = {},
): AdmissionRequest & { readonly warnings: string[] } {
  const warnings: string[] = [];
  const metadata = isObject(object?.["metadata"]) ? object["metadata"] : {};
  return {
    operation: "CREATE",
    resource: of,
    subresource: "",
    namespace: of.namespaced ? "shop" : "",
    name: typeof metadata["name"] === "string" ? metadata["name"] : "",
    user: { name: "admin", groups: ["system:masters", "system:authenticated"] },
    dryRun: false,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
    object,
    old: undefined,
    warn: (text) => warnings.push(text),
    warnings,
    ...more,
  };
}

/** A store that holds what it is given: `{"limitranges": [object, …]}`. Updates of status are written into it. */
export function context(collections: Record<string, readonly JsonObject[]> = {}): AdmissionContext {
  const all = new Map(Object.entries(collections).map(([name, list]) => [name, [...list]]));
  const of = (object: JsonObject, key: string): string => String((object["metadata"] as JsonObject)[key] ?? "");
  return {
    get: (collection, namespace, name) =>
      all.get(collection)?.find((one) => of(one, "namespace") === namespace && of(one, "name") === name),
    list: (collection, namespace) =>
      (all.get(collection) ?? []).filter((one) => namespace === undefined || of(one, "namespace") === namespace),
    updateStatus: (collection, object, status) => {
      const list = all.get(collection) ?? [];
      const at = list.indexOf(object);
      if (at < 0) return false;
      list[at] = { ...object, status };
      return true;
    },
  };
}

export const shop: JsonObject = { metadata: { name: "shop" }, status: { phase: "Active" } };

export function pod(spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  const containers = [{ name: "main", image: "web:1" }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web", ...metadata }, spec: { containers, ...spec } };
}

/** What comes out of one plugin, or the Status body of its refusal. */
export async function admit(
  plugin: AdmissionPlugin,
  asked: AdmissionRequest,
): Promise<{ readonly object?: JsonObject | undefined; readonly refused?: JsonObject; readonly message?: string }> {
  const admission = createAdmission([plugin]);
  try {
    const object = await admission.mutate(asked);
    await admission.validate({ ...asked, object });
    return { object };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { refused: error.status, message: error.message };
  }
}
