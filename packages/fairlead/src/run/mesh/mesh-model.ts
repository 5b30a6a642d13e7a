import type { Clock } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { Client, ClientOptions, ClusterAccess, LeaderElection } from "@fairlead/kube";
import type { Registry } from "prom-client";
import type { RegistrySettings } from "../../plan/mesh/config/registry-settings.ts";
import type { ClusterView } from "../../plan/mesh/model/fleet.ts";
import type { PolicyReport } from "../../plan/mesh/model/plan.ts";
import type { FleetSnapshot } from "../../plan/mesh/fleet/create-fleet.ts";
import type { MeshSettings } from "../../plan/mesh/model/settings.ts";
import type { Log } from "../log.ts";
import type { Partition } from "../manager.ts";

export interface MeshOptions {
  /** Of the home cluster: registry, addresses, Dependencies. It stays the caller's to close. */
  readonly home: Client;
  readonly settings: MeshSettings;
  readonly registry: RegistrySettings;
  /** A client for a cluster of the registry, within what is read of one; the mesh closes it. */
  readonly connect: (access: ClusterAccess, options: ClientOptions) => Client;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** This process, in events: the pod's name. */
  readonly instance: string;
  /** Absent: this process is the only one. */
  readonly election?: LeaderElection;
  /** Absent: every key is this process's. */
  readonly partition?: Partition;
  /** How long clusters are waited for at the start before those that answer are written; 10 s unless told. */
  readonly startMs?: number;
  /** How long requests that are under way may take to end when it stops; 15 s unless told. */
  readonly stopMs?: number;
  /** Lets everybody else have a turn; a turn of the event loop unless told. */
  readonly turn?: () => Promise<void>;
}

export interface MeshCluster {
  readonly name: string;
  readonly view: ClusterView;
  readonly problem: string | undefined;
  readonly staleMs: number;
}

/** The mesh at work: reads the clusters of a registry, and keeps what follows from them written. */
export interface Mesh {
  clusters(): readonly MeshCluster[];
  fleet(): FleetSnapshot;
  /** Whether the clusters that answer were read, and plans are being written. */
  isStarted(): boolean;
  /** Whether nothing waits to be planned or written. */
  isIdle(): boolean;
  /** Resolves when the clusters were read, and nothing waits to be planned or written, nor a moment later; or it stops. */
  settled(): Promise<void>;
  /** Why the process is not ready. */
  notReady(): readonly string[];
  findings(): readonly Finding[];
  reports(): readonly PolicyReport[];
  readonly metrics: Registry;
  /** Resolves when nothing is written any more that the partition denies: for the hand-over of keys. */
  drained(): Promise<void>;
  /** Ends all writes, gives the lease up, closes the clusters. Once is enough. */
  stop(): Promise<void>;
  /** Resolves when it has stopped; rejects if the election failed for good. */
  readonly ended: Promise<void>;
}
