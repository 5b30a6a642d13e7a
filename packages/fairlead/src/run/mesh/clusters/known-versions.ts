import { textOf } from "@fairlead/apimachinery";
import { refOf, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { idOf } from "../write/steps.ts";
import type { Version } from "../../clusters/expectations.ts";

/** The newest known version of each object of the kinds that are written, and who waits for one of them. */
export interface KnownVersions {
  /** Notes what was told; false if it says nothing new: a watch told of our own write. */
  take(cluster: string, told: KrmObject, isGone: boolean): boolean;
  version(cluster: string, object: ObjectRef): Version | undefined;
  /** A key cannot be written in a cluster because of these objects of others. */
  block(cluster: string, key: string, objects: readonly ObjectRef[]): void;
  /** Who waits for an object. */
  blockedBy(cluster: string, object: ObjectRef): string | undefined;
  drop(cluster: string): void;
}

export function knownVersions(): KnownVersions {
  const versions = new Map<string, Map<string, Version>>();
  const blocked = new Map<string, Map<string, string>>();
  return {
    take(cluster, told, isGone) {
      const known = versions.get(cluster) ?? new Map<string, Version>();
      versions.set(cluster, known);
      const id = idOf(told.apiVersion, refOf(told));
      if (isGone) {
        known.delete(id);
        return true;
      }
      const version = { uid: textOf(told.metadata["uid"]), resourceVersion: textOf(told.metadata["resourceVersion"]) };
      const before = known.get(id);
      known.set(id, version);
      return before?.resourceVersion !== version.resourceVersion || before.uid !== version.uid;
    },
    version: (cluster, object) => versions.get(cluster)?.get(idOf(object.apiVersion, object)),
    block(cluster, key, objects) {
      const waiting = blocked.get(cluster) ?? new Map<string, string>();
      for (const [id, one] of waiting) if (one === key) waiting.delete(id);
      for (const object of objects) waiting.set(idOf(object.apiVersion, object), key);
      if (waiting.size > 0) blocked.set(cluster, waiting);
      else blocked.delete(cluster);
    },
    blockedBy: (cluster, object) => blocked.get(cluster)?.get(idOf(object.apiVersion, object)),
    drop(cluster) {
      versions.delete(cluster);
      blocked.delete(cluster);
    },
  };
}
