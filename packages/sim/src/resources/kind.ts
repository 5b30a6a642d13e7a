import type { Resolve, Schema } from "@fairlead/apimachinery";
import type { CustomVersions } from "./custom-versions.ts";
import type { Strategy } from "../strategies/strategy.ts";
import { collectionOf, type Resource } from "./resource.ts";

/** A resource in the version in which it is stored, with what the server knows of its objects. */
export interface Kind {
  readonly resource: Resource;
  /** Where its objects lie: that of `collectionOf`, but for resources that share their objects (both `events`). */
  readonly collection: string;
  readonly strategy: Strategy;
  /** Of the objects; undefined for a custom resource without one. */
  readonly schema: Schema | undefined;
  readonly resolve?: Resolve;
  readonly isCustom: boolean;
  /** Of a custom resource: how its versions get into each other. */
  readonly versions?: CustomVersions;
  readonly hasStatus: boolean;
  /** What every request about the version is warned of. */
  readonly deprecationWarning?: string;
  /** Of a custom resource's `scale`: paths such as `.spec.replicas`. */
  readonly scale?: ScalePaths;
}

export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export interface Kinds {
  /** The kind of any version of a resource. */
  of(resource: Resource): Kind;
}

export function storeCollection(resource: Resource): string {
  return resource.storedIn ?? collectionOf(resource);
}

export function storeKey(namespace: string, name: string): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}
