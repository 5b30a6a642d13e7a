import type { JsonObject } from "@fairlead/apimachinery";
import type { ClusterView } from "../model/fleet.ts";

/** Something that was seen. Objects may come in any order, also before their cluster is registered. */
export type FleetChange =
  /** An object as it is now, stripped or whole. */
  | { readonly kind: "put"; readonly cluster: string; readonly object: JsonObject }
  /** An object that is gone: `apiVersion`, `kind` and `metadata` of it are looked at. */
  | { readonly kind: "delete"; readonly cluster: string; readonly object: JsonObject }
  /** Registers a cluster, or says how well it is known now. */
  | { readonly kind: "cluster"; readonly cluster: string; readonly view: ClusterView }
  /** The cluster is registered no longer: everything of it is forgotten. */
  | { readonly kind: "forget"; readonly cluster: string }
  /** The time, in milliseconds since the epoch: shares of regions that are being moved go by it. */
  | { readonly kind: "time"; readonly at: number }
  /** The whole content of one store of virtual addresses, by host in lower case. */
  | {
      readonly kind: "addresses";
      readonly store: string;
      readonly hosts: ReadonlyMap<string, readonly string[]>;
    };
