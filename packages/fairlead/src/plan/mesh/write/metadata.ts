import { isObject, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { MeshKey } from "../model/fleet.ts";
import type { HostIntent, IdentityIntent } from "../model/intent.ts";
import type { MeshSettings } from "../model/settings.ts";

export const ownerAnnotation = "fairlead.dev/owner";
export const managedByLabel = "app.kubernetes.io/managed-by";
export const createdByAnnotation = "app.kubernetes.io/created-by";

const kinds: readonly (readonly [string, string])[] = [
  ["identity:", "Identity//"],
  ["namespace:", "Namespace/"],
  ["copy:", "Copy/"],
];

/** A key as the owner annotation writes it: `Identity//orders`, `Namespace/CLUSTER/shop`, `Copy/CLUSTER/…`. */
export function ownerOf(key: MeshKey): string {
  for (const [start, owner] of kinds) if (key.startsWith(start)) return owner + key.slice(start.length);
  return key;
}

/** The key that an owner annotation names; undefined if it is none of ours. */
export function keyOf(owner: string): MeshKey | undefined {
  for (const [key, start] of kinds) {
    if (owner.startsWith(start) && owner.length > start.length) return `${key}${owner.slice(start.length)}` as MeshKey;
  }
  return undefined;
}

/** An object with the marks by which we know it again; in the predecessor's way it has none but what its writer says. */
export function withOwner(object: KrmObject, key: MeshKey, { writing }: MeshSettings): KrmObject {
  if (writing.marks === "predecessor") return object;
  const { labels, annotations } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...labels, [managedByLabel]: "fairlead" },
      annotations: { ...annotations, [ownerAnnotation]: ownerOf(key) },
    },
  };
}

/** `{created-by: admiral}` where the predecessor's marks are written. */
export function createdBy({ writing }: MeshSettings): { [annotation: string]: string } {
  return writing.marks === "predecessor" ? { [createdByAnnotation]: "admiral" } : {};
}

/** The name of a generated object: the host in lower case and the ending of its kind. */
export function objectName(host: string, ending: string): string {
  return `${host.toLowerCase()}${ending}`;
}

/** Metadata of an object for a host, with what tells people where it comes from. */
export function hostMetadata(
  intent: IdentityIntent,
  host: HostIntent,
  ending: string,
  settings: MeshSettings,
): JsonObject & { name: string; namespace: string; annotations: { [annotation: string]: string } } {
  return {
    name: objectName(host.host, ending),
    namespace: settings.scope.syncNamespace,
    labels: { [settings.discovery.envKey]: host.env },
    annotations: {
      ...createdBy(settings),
      [settings.discovery.identityKey]: intent.name,
      ...(host.prefix === "" ? {} : { "dns-prefix": host.prefix }),
    },
  };
}

/** Names the policy that shaped or made the host of an object. */
export const policyAnnotation = "associated-gtp";

/** `{associated-gtp: NAME}`, or nothing for a host without a policy. */
export function policyNote({ policy }: HostIntent): { [annotation: string]: string } {
  return policy === undefined ? {} : { [policyAnnotation]: policy.name };
}

/** Without empty maps and lists, and what is undefined: servers keep none of them, so a plan has none either. */
export function compact(fields: { readonly [field: string]: JsonObject[string] | undefined }): JsonObject {
  const result: JsonObject = {};
  for (const field of Object.keys(fields)) {
    const value = fields[field];
    if (value === undefined) continue;
    if (Array.isArray(value) ? value.length === 0 : isObject(value) && isEmpty(value)) continue;
    result[field] = value;
  }
  return result;
}

function isEmpty(map: JsonObject): boolean {
  for (const field in map) if (Object.hasOwn(map, field)) return false;
  return true;
}
