import type { Place } from "./facts.ts";
import type { OutlierSettings } from "./settings.ts";
import type { JsonObject } from "@fairlead/apimachinery";

/** What an identity should be, before it is said in the words of Istio or the Gateway API. */
export interface IdentityIntent {
  readonly identity: string;
  /** As users write it, for annotations and subject names. */
  readonly name: string;
  readonly hosts: readonly HostIntent[];
}

/**
 * `base`: `{env}.{identity}.{suffix}`; `prefix`: one that a policy adds in front of another; `canary`, `preview`: the
 * new version alone; `pod`: one pod of a StatefulSet; `region`: the backends of one region, for weights with failover;
 * `export`: a Service that clusters export (KEP-1645); `service`: a further Service of the workloads, with ports that the
 * first one lacks.
 */
export type HostRole = "base" | "prefix" | "canary" | "preview" | "pod" | "region" | "export" | "service";

/** One name, the same in all clusters. */
export interface HostIntent {
  readonly host: string;
  readonly role: HostRole;
  readonly env: string;
  /** `west`, `canary`, `west.canary`; empty for the base host. In admiral mode what the predecessor notes. */
  readonly prefix: string;
  /** The policy that made or shaped it. */
  readonly policy: Place | undefined;
  readonly addresses: readonly string[];
  readonly ports: readonly MeshPort[];
  /** Sorted by cluster, then by name of the service. Never empty. */
  readonly backends: readonly Backend[];
  readonly traffic: TrafficIntent;
  readonly subjectAltNames: readonly string[];
  /** The clusters that get it, sorted by name. */
  readonly audience: readonly Seen[];
  /** What share its regions have now, where that is noted. */
  readonly shares?: SharesIntent | undefined;
  /** Regions that have a host of their own, because they had a share or are going to. */
  readonly prepared?: readonly string[];
}

/** The shares of regions that are in effect, in the form in which they are written. */
export interface SharesIntent {
  /** `eu-west-1=70,us-east-1=30`. */
  readonly weights: string;
  /** When they were moved last, in milliseconds since the epoch; undefined: they never were. */
  readonly since: number | undefined;
  /** Where they are being moved to; undefined: they stay. */
  readonly towards: string | undefined;
  /** What the next step waits for, besides time. */
  readonly waits?: string | undefined;
}

export interface MeshPort {
  /** What clients connect to. */
  readonly number: number;
  readonly name: string;
  /** As Istio writes it, in the case of the mode: `HTTP`, `http`, … */
  readonly protocol: string;
}

/** What serves a host in one cluster. */
export interface Backend {
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
  /** `deployment`, `rollout`, …: the label `type` of endpoints. */
  readonly type: string;
  readonly region: string;
  readonly zone: string;
  readonly network: string;
  readonly serviceAccounts: readonly string[];
  /** How its own cluster reaches it: the Service's name and the number for each port of the host. */
  readonly local: BackendAddress;
  /** How others do: the gateway; undefined if it has none. */
  readonly remote: BackendAddress | undefined;
  /** Outside every mesh: all clusters reach it directly, without mutual TLS. */
  readonly external: boolean;
  /** Share among the backends of its own cluster (canary), in percent; undefined: equal. */
  readonly weight: number | undefined;
  /** Read back from what is written, because its cluster was never read since the start. */
  readonly retained: boolean;
}

export interface BackendAddress {
  readonly address: string;
  readonly ports: { readonly [name: string]: number };
}

export interface Seen {
  readonly cluster: string;
  /** Whether it runs there. */
  readonly source: boolean;
  /** Namespaces that see it; undefined: all. */
  readonly exportTo: readonly string[] | undefined;
}

export interface TrafficIntent {
  readonly locality: LocalityIntent;
  /** Undefined: none, written as zeros. */
  readonly outlier: OutlierSettings | undefined;
  /** A policy says so, and not the settings alone. */
  readonly outlierAsked: boolean;
  /** Istio's `connectionPool`, defaults included. */
  readonly connectionPool: JsonObject;
  readonly warmupSeconds: number | undefined;
  /** What a TrafficConfig says of new endpoints, for routing in the service's own cluster. */
  readonly slowStartSeconds: number | undefined;
  /** Istio's `tunnel`. */
  readonly tunnel: JsonObject | undefined;
}

/**
 * `nearest`: the caller's region first, then any other. `regions`: shares by region wherever the caller is; weight 0 is a
 * standby that takes all when the others are out. `none`: all alike.
 */
export type LocalityIntent =
  | { readonly kind: "none" }
  | { readonly kind: "nearest" }
  | { readonly kind: "regions"; readonly targets: readonly { readonly region: string; readonly weight: number }[] };
