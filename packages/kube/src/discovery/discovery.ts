import type { Resolve, Schema } from "@fairlead/apimachinery";
import type { ObjectRef } from "@fairlead/krm";
import type { Resource } from "../resource.ts";

/** What a cluster serves. Read on first use and kept; an unknown kind is asked for once more before it is refused. */
export interface Discovery {
  /** All resources, the preferred version of each group first. Groups whose server does not answer are left out. */
  resources(): Promise<readonly Resource[]>;
  /** The resource of a kind; undefined if the cluster does not serve it. */
  find(kind: Pick<ObjectRef, "apiVersion" | "kind">): Promise<Resource | undefined>;
  /** As `find`, or a `KubeError` with the code `unknown-kind` and the nearest kind in its hint. */
  resource(kind: Pick<ObjectRef, "apiVersion" | "kind">): Promise<Resource>;
  /** What a person types: `deploy`, `deployments.apps`, `App`. The preferred version wins. */
  lookup(text: string): Promise<Resource | undefined>;
  /** The schema that the server publishes in OpenAPI v3 for a kind; undefined if it publishes none. */
  schema(kind: Pick<ObjectRef, "apiVersion" | "kind">): Promise<PublishedSchema | undefined>;
  /** The API server's version, such as `1.36.3`. */
  version(): Promise<string>;
  /** Groups (`metrics.k8s.io/v1beta1`) that did not answer, and why. */
  failures(): Promise<ReadonlyMap<string, string>>;
  /** Forgets everything: CRDs were installed. */
  invalidate(): void;
}

export interface PublishedSchema {
  readonly schema: Schema;
  readonly resolve: Resolve;
}
