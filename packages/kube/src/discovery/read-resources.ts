import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { KubeError } from "../errors.ts";
import { groupVersionPath, type Resource } from "../resource.ts";

/** A group version that a discovery document names, with what it serves, or why that is not known. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
  /** Undefined: to be asked for on its own. */
  readonly resources?: readonly Resource[];
  readonly failure?: string;
}

/** What discovery is asked with: all resources in one document, the oldest supported servers know v2beta1, others neither. */
export const aggregatedAccept = [
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
  "application/json",
].join(",");

/** Reads the answer of `/api` or `/apis`, whichever form it has. Throws a `protocol` error for any other. */
export function readRoot(document: JsonValue): GroupVersion[] {
  switch (get(document, "kind")) {
    case "APIGroupDiscoveryList":
      return objects(get(document, "items")).flatMap(readAggregatedGroup);
    case "APIVersions":
      return texts(get(document, "versions")).map((version) => ({ group: "", version }));
    case "APIGroupList":
      return objects(get(document, "groups")).flatMap(readGroup);
    default:
      throw new KubeError("protocol", "the discovery document is of an unknown kind");
  }
}

function readAggregatedGroup(item: JsonValue): GroupVersion[] {
  const group = text(get(get(item, "metadata"), "name")) ?? "";
  return objects(get(item, "versions")).flatMap((entry) => {
    const version = text(get(entry, "version"));
    if (version === undefined) return [];
    const resources = objects(get(entry, "resources")).flatMap((one) => readAggregated(one, group, version));
    const isStale = get(entry, "freshness") === "Stale";
    return [{ group, version, resources, ...(isStale ? { failure: "the server of this group does not answer" } : {}) }];
  });
}

function readAggregated(entry: JsonValue, group: string, version: string): Resource[] {
  const plural = text(get(entry, "resource"));
  const kind = text(get(get(entry, "responseKind"), "kind"));
  // A resource that exists only by its subresources has no kind of its own.
  if (plural === undefined || kind === undefined || kind === "") return [];
  const subresources = objects(get(entry, "subresources")).flatMap((one) => text(get(one, "subresource")) ?? []);
  return [
    {
      group,
      version,
      kind,
      plural,
      namespaced: get(entry, "scope") === "Namespaced",
      singular: text(get(entry, "singularResource")) || kind.toLowerCase(),
      shortNames: texts(get(entry, "shortNames")),
      categories: texts(get(entry, "categories")),
      verbs: texts(get(entry, "verbs")),
      subresources,
    },
  ];
}

/** The preferred version comes first. */
function readGroup(entry: JsonValue): GroupVersion[] {
  const group = text(get(entry, "name")) ?? "";
  const preferred = text(get(get(entry, "preferredVersion"), "version"));
  const versions = objects(get(entry, "versions")).flatMap((one) => text(get(one, "version")) ?? []);
  const ordered = [...versions.filter((one) => one === preferred), ...versions.filter((one) => one !== preferred)];
  return ordered.map((version) => ({ group, version }));
}

/** Reads an `APIResourceList`, the answer of `groupVersionPath`. */
export function readResourceList(document: JsonValue, group: string, version: string): Resource[] {
  const entries = objects(get(document, "resources"));
  const subresources = new Map<string, string[]>();
  for (const entry of entries) {
    const [plural = "", sub] = (text(get(entry, "name")) ?? "").split("/", 2);
    if (sub !== undefined) subresources.set(plural, [...(subresources.get(plural) ?? []), sub]);
  }
  return entries.flatMap((entry) => {
    const plural = text(get(entry, "name"));
    const kind = text(get(entry, "kind"));
    if (plural === undefined || plural.includes("/") || kind === undefined) return [];
    return [
      {
        group,
        version,
        kind,
        plural,
        namespaced: get(entry, "namespaced") === true,
        singular: text(get(entry, "singularName")) || kind.toLowerCase(),
        shortNames: texts(get(entry, "shortNames")),
        categories: texts(get(entry, "categories")),
        verbs: texts(get(entry, "verbs")),
        subresources: subresources.get(plural) ?? [],
      },
    ];
  });
}

/** Where `readResourceList` gets its document from. */
export function listPath(one: GroupVersion): string {
  return groupVersionPath(one);
}

function objects(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value.filter((one) => isObject(one)) : [];
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
