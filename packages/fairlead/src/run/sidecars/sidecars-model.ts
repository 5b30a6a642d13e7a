import type { Clock } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { Client, ClientOptions, ClusterAccess, LeaderElection } from "@fairlead/kube";
import type { Registry } from "prom-client";
import type { RegistrySettings } from "../../plan/mesh/config/registry-settings.ts";
import type { Journal, PauseScope, Progress, RunRow } from "../../plan/sidecars/model/run.ts";
import type { SidecarSettings } from "../../plan/sidecars/model/settings.ts";
import type { ClusterView } from "../../plan/sidecars/model/view.ts";
import type { ClusterLimits } from "../clusters/limits.ts";
import type { Log } from "../log.ts";
import type { SentWrite } from "./act/act.ts";
import type { JournalPlace } from "./journal/place.ts";
import type { InjectorStatus } from "./oracle/oracle.ts";
import type { DialService } from "./oracle/target.ts";

/** Whose sidecars are kept current. */
export type SidecarClusters =
  /** These; their clients stay the caller's to close. */
  | { readonly kind: "listed"; readonly clusters: readonly { readonly name: string; readonly client: Client }[] }
  /** Those that Secrets of the home cluster register, and the home cluster itself where `settings.home` names it. */
  | {
      readonly kind: "registry";
      readonly settings: RegistrySettings;
      /** A client for a cluster of the registry, within what is read of one; it is closed here. */
      readonly connect: (access: ClusterAccess, options: ClientOptions) => Client;
    };

/** What a plan needs. */
export interface PlanSidecarsOptions {
  /** Of journal, Lease and registry. It stays the caller's to close. */
  readonly home: Client;
  readonly clusters: SidecarClusters;
  readonly settings: SidecarSettings;
  readonly place: JournalPlace;
  /** Where Services of injectors are reached; nowhere unless told: the API server is asked in their place. */
  readonly dial?: DialService;
  /** What is read of one cluster; the defaults of the registry unless told. */
  readonly limits?: ClusterLimits;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** This process, in events: the pod's name. */
  readonly instance: string;
  /** How long clusters are waited for at the start; 10 s unless told. */
  readonly startMs?: number;
  /** Lets everybody else have a turn; a turn of the event loop unless told. */
  readonly turn?: () => Promise<void>;
}

export interface SidecarsOptions extends PlanSidecarsOptions {
  /** Absent: this process is the only one. */
  readonly election?: LeaderElection;
  /** How long requests that are under way may take to end when it stops; 15 s unless told. */
  readonly stopMs?: number;
  /** Told of each request that changes a workload, as it is sent. */
  readonly onSend?: (write: SentWrite) => void;
}

export interface SidecarCluster extends ClusterView {
  readonly problem: string | undefined;
  readonly staleMs: number;
}

/** What is known at one moment. */
export interface SidecarsStatus {
  readonly clusters: readonly SidecarCluster[];
  readonly injectors: readonly InjectorStatus[];
  /** Whether this process is the one that restarts. */
  readonly leading: boolean;
  readonly rows: readonly RunRow[];
  readonly progress: Progress | undefined;
  readonly journal: Journal | undefined;
  readonly findings: readonly Finding[];
}

/** The sidecars at work: reads the clusters, decides, and restarts what is outdated. */
export interface Sidecars {
  status(): SidecarsStatus;
  pause(scope: PauseScope, by: string, reason: string): void;
  resume(scope: PauseScope, by: string): void;
  /** Whether the clusters that answer were read, and decisions follow. */
  isStarted(): boolean;
  /** Calls back after `status`, or `isIdle`, may have become another; returns what ends that. */
  onStatus(listener: () => void): () => void;
  /** Whether nothing waits but for time, rollouts or people. */
  isIdle(): boolean;
  /** Resolves when it is idle. */
  settled(): Promise<void>;
  /** Why the process is not ready. */
  notReady(): readonly string[];
  /** `HOST:PORT` of the injectors that were connected to. */
  targets(): readonly string[];
  readonly metrics: Registry;
  /** Begins nothing new, waits for what is under way, gives the lease up, closes the clusters. Once is enough. */
  stop(): Promise<void>;
  /** Resolves when it has stopped; rejects if the election failed for good. */
  readonly ended: Promise<void>;
}
