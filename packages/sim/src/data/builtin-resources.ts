import type { Resource, Subresource } from "../resources/resource.ts";
import { lines, versionBody } from "./generated/discovery.ts";

/** A resource as aggregated discovery (`apidiscovery.k8s.io/v2`) shows it. */
interface Discovered {
  readonly resource: string;
  readonly responseKind: DiscoveredKind;
  readonly scope: "Namespaced" | "Cluster";
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly {
    readonly subresource: string;
    readonly responseKind: DiscoveredKind;
    readonly verbs: readonly string[];
  }[];
}

interface DiscoveredKind {
  /** Empty, with an empty version: those of the path. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

let loaded: readonly Resource[] | undefined;

/**
 * What kube-apiserver serves without any CustomResourceDefinition, in the order of its discovery: groups by priority,
 * their versions with the preferred one first, resources by name.
 */
export function builtinResources(): readonly Resource[] {
  loaded ??= read();
  return loaded;
}

/** The body of `/version`. */
export const serverVersion: string = versionBody;

function read(): readonly Resource[] {
  const entries = lines
    .trim()
    .split("\n")
    .map((line) => {
      const [served, stored, ...json] = line.split(" ") as [string, string, ...string[]];
      return { served: split(served), stored, resource: JSON.parse(json.join(" ")) as Discovered };
    });
  const served = new Set(entries.map((entry) => `${entry.served.group}/${entry.served.version}`));
  return entries.map(({ served: { group, version }, stored, resource }) => {
    const storage = split(stored);
    return {
      group,
      version,
      plural: resource.resource,
      singular: resource.singularResource,
      kind: resource.responseKind.kind,
      namespaced: resource.scope === "Namespaced",
      shortNames: resource.shortNames ?? [],
      categories: resource.categories ?? [],
      verbs: resource.verbs,
      subresources: new Map(subresourcesOf(resource, group, version)),
      // What the real server stores in a version that it does not serve is stored here as it is served.
      storageVersion: stored !== "-" && served.has(stored) && storage.group === group ? storage.version : version,
      ...(stored === "-" ? {} : { hashedVersion: `${storage.group}/${storage.version}` }),
      ...(stored === "-" || storage.group === group ? {} : { storedIn: resource.resource }),
    };
  });
}

function subresourcesOf(resource: Discovered, group: string, version: string): readonly [string, Subresource][] {
  return (resource.subresources ?? []).map(({ subresource: name, responseKind, verbs }) => {
    const own = responseKind.version === "";
    const of = own ? { group, version } : { group: responseKind.group, version: responseKind.version };
    return [name, { name, ...of, kind: responseKind.kind, verbs }];
  });
}

function split(groupVersion: string): { readonly group: string; readonly version: string } {
  const slash = groupVersion.indexOf("/");
  return { group: groupVersion.slice(0, Math.max(slash, 0)), version: groupVersion.slice(slash + 1) };
}
