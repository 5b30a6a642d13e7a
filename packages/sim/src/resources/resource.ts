/** One version of a resource that the API server serves, as discovery shows it. */
export interface Resource {
  /** `` for core. */
  readonly group: string;
  readonly version: string;
  /** `deployments` */
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** By name: `status`, `scale`, `log` … */
  readonly subresources: ReadonlyMap<string, Subresource>;
  /** The version in which objects are stored; the same for all versions of a resource. */
  readonly storageVersion: string;
  /**
   * The collection that holds the objects, where it is another group's: `events` for those of events.k8s.io, which are
   * the same objects in another shape.
   */
  readonly storedIn?: string;
  /** `apps/v1`: the version whose hash discovery publishes, where objects are stored at all. */
  readonly hashedVersion?: string;
  /** Set for a custom resource: the name of its CustomResourceDefinition. */
  readonly definition?: string;
  /** Of a custom resource: the columns that its tables have besides the name. */
  readonly printerColumns?: readonly PrinterColumn[];
}

/** One of `additionalPrinterColumns` of a CustomResourceDefinition. */
export interface PrinterColumn {
  readonly name: string;
  /** `string`, `integer`, `number`, `boolean`, `date` */
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly jsonPath: string;
}

export interface Subresource {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** `pods`, `deployments.apps`: names the collection of all versions of a resource. */
export function collectionOf({ group, plural }: { readonly group: string; readonly plural: string }): string {
  return group === "" ? plural : `${plural}.${group}`;
}

export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === "" ? version : `${group}/${version}`;
}

/** All that is served now: built-in resources and those of CustomResourceDefinitions. */
export interface ResourceTable {
  /** By what a path names. */
  find(group: string, version: string, plural: string): Resource | undefined;
  /** By what an object names. */
  findKind(apiVersion: string, kind: string): Resource | undefined;
  /** The resource in its preferred version, by `deployments.apps`. */
  preferred(collection: string): Resource | undefined;
  /** In the order of discovery: groups, their versions with the preferred one first, resources by name. */
  all(): readonly Resource[];
  /** Changes whenever a resource comes, goes or changes. */
  readonly generation: number;
}
