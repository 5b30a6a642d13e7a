import { get, isObject } from "@fairlead/apimachinery";
import { groupOf, type KrmObject, type ObjectRef } from "@fairlead/krm";
import type { Resource } from "../../resource.ts";

/** Finds the resource of a kind; undefined if the cluster does not serve it. */
export type ResourceLookup = (kind: Pick<ObjectRef, "apiVersion" | "kind">) => Resource | undefined;

export function isCrd({ apiVersion, kind }: Pick<ObjectRef, "apiVersion" | "kind">): boolean {
  return kind === "CustomResourceDefinition" && groupOf(apiVersion) === "apiextensions.k8s.io";
}

/** The resources that a CustomResourceDefinition will serve, so that a set can hold a kind and its objects. */
export function resourcesOfCrd(crd: KrmObject): Resource[] {
  const spec = get(crd, "spec");
  const names = get(spec, "names");
  const [group, kind, plural] = [get(spec, "group"), get(names, "kind"), get(names, "plural")];
  const versions = get(spec, "versions");
  if (typeof group !== "string" || typeof kind !== "string" || typeof plural !== "string") return [];
  const resources: Resource[] = [];
  for (const version of Array.isArray(versions) ? versions : []) {
    const name = get(version, "name");
    if (typeof name !== "string" || get(version, "served") !== true) continue;
    const subresources = get(version, "subresources");
    resources.push({
      group,
      version: name,
      kind,
      plural,
      namespaced: get(spec, "scope") !== "Cluster",
      verbs: ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
      subresources: isObject(subresources) ? Object.keys(subresources).sort() : [],
    });
  }
  return resources;
}

/** What the cluster serves, and what it will serve once the definitions among these objects are applied. */
export function withCustomResources(resources: ResourceLookup, desired: readonly KrmObject[]): ResourceLookup {
  const coming = new Map<string, Resource>();
  for (const object of desired) {
    if (!isCrd(object)) continue;
    for (const resource of resourcesOfCrd(object)) {
      coming.set(`${resource.group}/${resource.version}/${resource.kind}`, resource);
    }
  }
  return (kind) => {
    const served = resources(kind);
    if (served !== undefined) return served;
    const slash = kind.apiVersion.indexOf("/");
    if (slash < 0) return undefined;
    return coming.get(`${kind.apiVersion}/${kind.kind}`);
  };
}
