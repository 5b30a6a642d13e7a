import type { Finding, KrmObject, ObjectRef } from "@fairlead/krm";
import type { Place, PolicyKind } from "./facts.ts";
import type { MeshKey } from "./fleet.ts";

/** What one key should be in every cluster. */
export interface MeshPlan {
  readonly key: MeshKey;
  /** Of every cluster in which the key has, or had, something; sorted by name. */
  readonly clusters: readonly ClusterPlan[];
  /** Hosts without an address. The shell allocates and calls again; what they would be part of is not in `desired`. */
  readonly needsAddresses: readonly string[];
  readonly findings: readonly Finding[];
  readonly reports: readonly PolicyReport[];
  /** When it will be another one although nothing else happens, in milliseconds since the epoch; absent: never. */
  readonly againAt?: number;
}

export interface ClusterPlan {
  readonly cluster: string;
  /** Everything of the key, in a stable order. */
  readonly desired: readonly KrmObject[];
  readonly edits: readonly Edit[];
  /** What the key owns, and another one writes now: it is taken over as it stands, and never deleted in between. */
  readonly left?: readonly ObjectRef[];
  /** False: nothing may be deleted in it for being absent from `desired`. */
  readonly complete: boolean;
}

/** A change of an object that is somebody else's: hosts of a Sidecar's egress. */
export interface Edit {
  readonly kind: "sidecar-hosts";
  readonly object: ObjectRef;
  /** The whole list as it should be. */
  readonly hosts: readonly string[];
  /** Those of them that are ours: what was ours and is no longer wanted goes. Kept in its annotation. */
  readonly ours: readonly string[];
  /** Which entry of `spec.egress` has the list; the first if not said. */
  readonly egress?: number;
}

/** What became of a policy or Dependency: its status. */
export interface PolicyReport {
  readonly object: Place & { readonly kind: PolicyKind | "Dependency" | "DependencyProxy" | "ServiceExport" };
  readonly generation: number;
  /** False: another one was chosen, or it is for nobody. */
  readonly accepted: boolean;
  /** `Applied`, `Overruled`, `NoMatch`, `Invalid`, …: UpperCamelCase. */
  readonly reason: string;
  readonly message: string;
  /** Hosts that it shapes, sorted. */
  readonly hosts: readonly string[];
  /** Clusters that were written to because of it, sorted. */
  readonly clusters: readonly string[];
  /** Of a ServiceExport: in what it and those of other clusters differ. */
  readonly conflict?: string;
}
