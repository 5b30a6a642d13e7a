import { get, isObject, normalizeObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { atRevision } from "../api/registry/commit.ts";
import { metadataOf, nameOf, namespaceOf } from "../api/registry/metadata.ts";
import { toStorage } from "../api/versions.ts";
import { storeKey } from "../resources/kind.ts";
import type { Core } from "./core.ts";

/** What could not be loaded: nobody serves its kind. */
export interface NotLoaded {
  readonly apiVersion: string;
  readonly kind: string;
  readonly count: number;
}

const definition = "CustomResourceDefinition";

/**
 * Puts objects into the store as they are, uids and times included: what was read from a cluster goes on in another.
 * CustomResourceDefinitions come first; Events and Leases are left out, for they speak of what is over. What is there
 * already is replaced.
 */
export function loadObjects({ store, table, server }: Core, objects: readonly JsonObject[]): readonly NotLoaded[] {
  const missing = new Map<string, { apiVersion: string; kind: string; count: number }>();
  const sorted = [...objects].sort((a, b) => Number(b["kind"] === definition) - Number(a["kind"] === definition));
  for (const object of sorted) {
    const [apiVersion, kind] = [textOf(object["apiVersion"]), textOf(object["kind"])];
    if (kind === "Event" || kind === "Lease") continue;
    const resource = table.findKind(apiVersion, kind);
    if (resource === undefined) {
      const id = `${apiVersion} ${kind}`;
      const known = missing.get(id) ?? { apiVersion, kind, count: 0 };
      known.count++;
      missing.set(id, known);
      continue;
    }
    const loadedKind = server.kinds.of(resource);
    const { collection } = loadedKind;
    // As a server reads its store: with the defaults of this version.
    const { resolve, schema, versions } = loadedKind;
    const options = { hasStatus: loadedKind.hasStatus, ...(resolve === undefined ? {} : { resolve }) };
    const typed = normalizeObject(object, schema, options);
    const filled = versions === undefined ? toStorage(typed, loadedKind) : { ...typed, apiVersion: versions.storage };
    const key = storeKey(resource.namespaced ? namespaceOf(object) || "default" : "", nameOf(object));
    const expected = store.get(collection, key)?.revision ?? 0;
    store.put(collection, key, expected, (revision) => atRevision(filled, revision));
  }
  return [...missing.values()];
}

/** The latest time that objects speak of, in milliseconds since the epoch; undefined if they speak of none. */
export function latestTime(objects: readonly JsonObject[]): number | undefined {
  let latest: number | undefined;
  const look = (text: string): void => {
    const time = Date.parse(text);
    if (!Number.isNaN(time)) latest = Math.max(latest ?? time, time);
  };
  for (const object of objects) {
    look(textOf(metadataOf(object)["creationTimestamp"]));
    const conditions = get(object["status"], "conditions");
    for (const one of Array.isArray(conditions) ? conditions : []) {
      look(textOf(get(one, "lastTransitionTime")));
      look(textOf(get(one, "lastUpdateTime")));
    }
    const managed = metadataOf(object)["managedFields"];
    for (const one of Array.isArray(managed) ? managed : []) look(textOf(get(one, "time")));
  }
  return latest;
}

/** Whether an object was read from a cluster: it has what only a server gives. */
export function isObserved(object: JsonObject): boolean {
  return isObject(object["metadata"]) && textOf(metadataOf(object)["uid"]) !== "";
}
