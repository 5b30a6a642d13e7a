import { get, isObject, setOwn, type JsonArray, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";

/** Removes something from an object that is the caller's own, and returns it. */
export interface Stripper {
  (object: KrmObject): KrmObject;
  /**
   * The same for the JSON of `metadata.managedFields`, if nothing else is touched; undefined drops them. With it objects
   * of a list need not be parsed to be stripped.
   */
  readonly managedFields?: (json: string) => string | undefined;
  /** The same for lists in Protobuf: whose entries stay. There if `managedFields` is. */
  readonly keepsManager?: (manager: string) => boolean;
  /** What `keepPaths` keeps: of lists in Protobuf nothing else is held. */
  readonly kept?: KeptMembers;
}

/** Drops `metadata.managedFields`: a fifth of a pod. For whoever does not write with server-side apply. */
export const dropManagedFields: Stripper = managedFieldsStripper(() => false);

/**
 * Of `metadata.managedFields` keeps what managers whose name begins with the prefix own. The apply set needs no more to
 * see that there is nothing to write. Make it once and share it: informers are shared by those who strip alike.
 */
export function keepFieldsOf(managerPrefix: string): Stripper {
  return managedFieldsStripper((manager) => manager.startsWith(managerPrefix));
}

function managedFieldsStripper(keepsManager: (manager: string) => boolean): Stripper {
  const kept = (entries: JsonArray): JsonArray | undefined => {
    const ours = entries.filter((entry) => {
      const manager = get(entry, "manager");
      return typeof manager === "string" && keepsManager(manager);
    });
    return ours.length > 0 ? ours : undefined;
  };
  const strip = (object: KrmObject): KrmObject => {
    const entries = object.metadata["managedFields"];
    if (!Array.isArray(entries)) return object;
    const rest = kept(entries);
    if (rest === undefined) delete object.metadata["managedFields"];
    else object.metadata["managedFields"] = rest;
    return object;
  };
  const managedFields = (json: string): string | undefined => {
    const entries = JSON.parse(json) as JsonValue;
    const rest = Array.isArray(entries) ? kept(entries) : entries;
    return rest === undefined ? undefined : JSON.stringify(rest);
  };
  return Object.assign(strip, { managedFields, keepsManager });
}

/** Kept by `keepPaths`, whatever else is: an informer needs them, or could not do without. */
const always = [
  "apiVersion",
  "kind",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "metadata.resourceVersion",
  "metadata.generation",
  "metadata.deletionTimestamp",
  "metadata.ownerReferences",
];

/** What is kept of a value: all of it, or these members. */
export type Kept = true | KeptMembers;
export type KeptMembers = Map<string, Kept>;

/**
 * Keeps these parts only, such as `spec.nodeName` or `metadata.labels`: member names joined by dots, through lists as
 * well (`spec.containers.image` keeps the images of all containers). A name that has dots itself is given as a list of
 * names: `["metadata", "annotations", "fairlead.dev/owner"]`.
 */
export function keepPaths(...paths: readonly (string | readonly string[])[]): Stripper {
  const root = new Map<string, Kept>();
  for (const path of [...always, ...paths]) mark(root, typeof path === "string" ? path.split(".") : path);
  return Object.assign((object: KrmObject) => keep(object, root) as KrmObject, { kept: root });
}

function mark(tree: Map<string, Kept>, [name, ...rest]: readonly string[]): void {
  if (name === undefined) return;
  const known = tree.get(name);
  if (known === true) return;
  if (rest.length === 0) {
    tree.set(name, true);
    return;
  }
  const members = known ?? new Map<string, Kept>();
  tree.set(name, members);
  mark(members, rest);
}

function keep(value: JsonValue, kept: Kept): JsonValue {
  if (kept === true) return value;
  if (Array.isArray(value)) return value.map((item) => keep(item, kept));
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const name of Object.keys(value)) {
    const members = kept.get(name);
    if (members !== undefined) setOwn(copy, name, keep(value[name]!, members));
  }
  return copy;
}
