import { createHash } from "node:crypto";
import { compareText, type JsonArray, type JsonObject } from "@fairlead/apimachinery";
import { apiVersionOf, type Resource, type ResourceTable, type Subresource } from "../resources/resource.ts";

/** `/api` */
export function apiVersions(serverAddress: string): JsonObject {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

/** `/apis` */
export function groupList(table: ResourceTable): JsonObject {
  const groups = [...versionsByGroup(table)].filter(([name]) => name !== "");
  const builtin = groups.filter(([, versions]) => !isCustom(versions));
  // Of equal priority, they come in the order of the first of their APIServices' names.
  const serviceOf = ([name, versions]: (typeof groups)[number]): string =>
    [...versions.keys()].map((version) => `${version}.${name}`).sort()[0]!;
  const custom = groups
    .filter(([, versions]) => isCustom(versions))
    .sort((a, b) => compareText(serviceOf(a), serviceOf(b)));
  const list = [...builtin, ...custom].map(([name, versions]) => groupOf(name, versions));
  return { kind: "APIGroupList", apiVersion: "v1", groups: list };
}

/** `/apis/GROUP`; undefined for a group that is not served. */
export function groupDocument(table: ResourceTable, name: string): JsonObject | undefined {
  const versions = versionsByGroup(table).get(name);
  return versions === undefined ? undefined : { kind: "APIGroup", apiVersion: "v1", ...groupOf(name, versions) };
}

/** `/api/v1` and `/apis/GROUP/VERSION`; undefined for a version that is not served. */
export function resourceList(table: ResourceTable, group: string, version: string): JsonObject | undefined {
  const resources = table.all().filter((one) => one.group === group && one.version === version);
  if (resources.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersionOf({ group, version }),
    resources: resources.flatMap(resourceEntries),
  };
}

/** `/api` or `/apis` as `apidiscovery.k8s.io/v2` has it: everything of every group at once. */
export function aggregatedDiscovery(table: ResourceTable, root: "api" | "apis"): JsonObject {
  const items: JsonObject[] = [];
  for (const [name, versions] of versionsByGroup(table)) {
    if ((name === "") !== (root === "api")) continue;
    items.push({
      metadata: name === "" ? {} : { name },
      versions: [...versions].map(([version, resources]) => ({
        version,
        resources: resources.map(aggregatedResource),
        freshness: "Current",
      })),
    });
  }
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
}

/** What the server has besides its API groups. */
const otherPaths = (
  "/.well-known/openid-configuration /api /apis /apis/ /healthz /livez /metrics " +
  "/openapi/v2 /openapi/v3 /openapi/v3/ /openid/v1/jwks /readyz /version"
).split(" ");

/** `/`: where one may look further. */
export function rootPaths(table: ResourceTable): JsonObject {
  const paths = new Set(otherPaths);
  for (const [name, versions] of versionsByGroup(table)) {
    if (name !== "") paths.add(`/apis/${name}`);
    for (const version of versions.keys()) paths.add(name === "" ? `/api/${version}` : `/apis/${name}/${version}`);
  }
  return { paths: [...paths].sort() };
}

/** The hash by which clients see that the storage version changed: of `GROUP/VERSION` and kind. */
export function storageVersionHash(groupVersion: string, kind: string): string {
  const digest = createHash("sha256").update(`${groupVersion}/${kind}`).digest();
  return digest.subarray(0, 8).toString("base64");
}

type Versions = ReadonlyMap<string, readonly Resource[]>;

/** In the order of the table. */
function versionsByGroup(table: ResourceTable): ReadonlyMap<string, Versions> {
  const groups = new Map<string, Map<string, Resource[]>>();
  for (const resource of table.all()) {
    const versions = groups.get(resource.group) ?? new Map<string, Resource[]>();
    groups.set(resource.group, versions);
    versions.set(resource.version, [...(versions.get(resource.version) ?? []), resource]);
  }
  return groups;
}

function isCustom(versions: Versions): boolean {
  return [...versions.values()].every((resources) => resources.every((one) => one.definition !== undefined));
}

function groupOf(name: string, versions: Versions): JsonObject {
  const list = [...versions.keys()].map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0]! };
}

function resourceEntries(resource: Resource): readonly JsonObject[] {
  const { hashedVersion, kind } = resource;
  const own: JsonObject = {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind,
    verbs: [...resource.verbs],
    ...namesOf(resource),
    ...(hashedVersion === undefined ? {} : { storageVersionHash: storageVersionHash(hashedVersion, kind) }),
  };
  const subresources = [...resource.subresources.values()].map((sub) => ({
    name: `${resource.plural}/${sub.name}`,
    singularName: "",
    namespaced: resource.namespaced,
    ...(isOwn(resource, sub) ? {} : { group: sub.group, version: sub.version }),
    kind: sub.kind,
    verbs: [...sub.verbs],
  }));
  return [own, ...subresources];
}

function aggregatedResource(resource: Resource): JsonObject {
  const subresources: JsonArray = [...resource.subresources.values()].map((sub) => ({
    subresource: sub.name,
    responseKind: responseKind(resource, sub),
    verbs: [...sub.verbs],
  }));
  return {
    resource: resource.plural,
    responseKind: responseKind(resource, resource),
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: [...resource.verbs],
    ...namesOf(resource),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

type Kind = Pick<Subresource, "group" | "version" | "kind">;

/** Of built-in resources only a kind of another group and version names these. */
function responseKind(resource: Resource, { group, version, kind }: Kind): JsonObject {
  const named = resource.definition !== undefined || !isOwn(resource, { group, version });
  return named ? { group, version, kind } : { group: "", version: "", kind };
}

function isOwn(resource: Resource, { group, version }: Pick<Kind, "group" | "version">): boolean {
  return group === resource.group && version === resource.version;
}

function namesOf({ shortNames, categories }: Resource): JsonObject {
  return {
    ...(shortNames.length === 0 ? {} : { shortNames: [...shortNames] }),
    ...(categories.length === 0 ? {} : { categories: [...categories] }),
  };
}
