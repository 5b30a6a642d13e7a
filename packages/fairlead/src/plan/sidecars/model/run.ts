import type { Decision, Outdated, OutdatedPod, RestartWay, Workload, WorkloadKey } from "./decision.ts";
import type { SidecarSettings } from "./settings.ts";

/**
 * A run brings every outdated workload of a fleet up to date. It is a machine on times that come from outside:
 * `step(state, input) → {state, actions, again}`. What it knows of workloads is what is observed of them; the journal
 * holds only what cannot be observed: pauses, ends of rollouts, failures, history.
 */
export interface RunInput {
  /** ms since the epoch. */
  readonly now: number;
  /** For durations: never goes back. */
  readonly monotonic: number;
  readonly settings: SidecarSettings;
  /** Of every workload that is not `outside`. Those that have not changed since the last step are the same objects. */
  readonly decisions: ReadonlyMap<WorkloadKey, Decision>;
  /** Keys whose decision changed since the last step; undefined: look at all. */
  readonly changed: readonly WorkloadKey[] | undefined;
  /**
   * All of the fleet. `current` only once every decision of the cluster is there: what of a current cluster is missing counts
   * as gone.
   */
  readonly clusters: readonly { readonly name: string; readonly region: string; readonly current: boolean }[];
  readonly events: readonly RunEvent[];
}

export type RunEvent =
  | { readonly kind: "pause"; readonly by: string; readonly reason: string; readonly scope: PauseScope }
  | { readonly kind: "resume"; readonly by: string; readonly scope: PauseScope }
  /** How an action ended that `step` asked for. `gone`: the object or pod is not there any more. */
  | { readonly kind: "done"; readonly action: string; readonly result: ActionResult };

export type PauseScope =
  | { readonly kind: "all" }
  | { readonly kind: "cluster"; readonly cluster: string }
  | { readonly kind: "namespace"; readonly cluster: string; readonly namespace: string };

export type ActionResult =
  | { readonly kind: "written" }
  | { readonly kind: "gone" }
  /** The Eviction API said 429: a budget has nothing left. */
  | { readonly kind: "held"; readonly by: string }
  /**
   * Nothing was done, it is decided again: the object changed since the decision, the journal could not be written, or
   * (`message`) the cluster could not be asked.
   */
  | { readonly kind: "changed"; readonly message?: string }
  | { readonly kind: "refused"; readonly message: string }
  /** Nobody knows whether it was written. */
  | { readonly kind: "unsure"; readonly message: string };

export type RunAction =
  | {
      readonly kind: "restart";
      readonly id: string;
      readonly workload: Workload;
      readonly way: RestartWay;
      readonly target: string;
      /** RFC 3339, seconds. */
      readonly at: string;
      /** The mark of this target is there from before: only its time tells whether this restart was written. */
      readonly marked: boolean;
      readonly differences: Outdated["differences"];
    }
  | {
      readonly kind: "evict";
      readonly id: string;
      readonly workload: Workload;
      readonly pod: OutdatedPod;
      readonly target: string;
    }
  | {
      readonly kind: "event";
      readonly workload: Workload;
      readonly type: "Normal" | "Warning";
      readonly reason: string;
      readonly message: string;
    }
  /**
   * Everything that has to survive; before any restart or eviction that the same step asks for. If it cannot be written,
   * those are not carried out but answered by `changed`, and the newest journal is written as soon as that works.
   */
  | { readonly kind: "journal"; readonly journal: Journal };

export interface RunStep {
  readonly state: RunState;
  /** In this order. */
  readonly actions: readonly RunAction[];
  /** Clock time at which to step again though nothing happens; undefined: never. */
  readonly again: number | undefined;
}

/** Opaque to the shell but for `journal` and `rows`. */
export interface RunState {
  readonly journal: Journal;
  /** One for each workload that is part of the run or blocked, in the order of the plan. */
  readonly rows: readonly RunRow[];
  readonly progress: Progress;
}

export interface RunRow {
  readonly workload: Workload;
  readonly state:
    | "waiting"
    | "blocked"
    | "restarting"
    | "settling"
    | "done"
    | "failed"
    | "broken"
    | "reported"
    | "unknown";
  readonly wave: string;
  /** What it waits for, or why it failed; empty: nothing. */
  readonly reason: string;
  readonly from: string;
  readonly to: string;
  readonly why: readonly string[];
  readonly pods: { readonly total: number; readonly outdated: number };
  readonly since: number | undefined;
}

export interface Progress {
  readonly total: number;
  readonly done: number;
  readonly underWay: number;
  readonly waiting: number;
  readonly failed: number;
  readonly reported: number;
  readonly paused: string;
  readonly wave: string;
  readonly startedAt: number | undefined;
  /** Clock time at which everything would be done at the present pace; undefined: not to be told. */
  readonly eta: number | undefined;
}

/** What survives a restart of the controller, in a ConfigMap: bounded, and readable by people. */
export interface Journal {
  readonly version: 1;
  /** Counts up with every write. */
  readonly revision: number;
  readonly pauses: readonly {
    readonly scope: PauseScope;
    readonly by: string;
    readonly reason: string;
    readonly at: number;
  }[];
  /** Workloads under way, and those whose end, failure or target is still of use. */
  readonly workloads: { readonly [key: WorkloadKey]: JournalEntry };
  /** The last runs, newest first. */
  readonly history: readonly HistoryEntry[];
  /** The run under way; undefined: there is nothing to do. */
  readonly run?: RunRecord | undefined;
}

/** How far a run has come, as far as that cannot be seen from the workloads. */
export interface RunRecord {
  readonly startedAt: number;
  /** What goes now; everything before it is over. */
  readonly wave: string;
  readonly region: string;
  readonly waveStartedAt: number;
  /** End of the last rollout in this wave: what its soak counts from. */
  readonly lastEndedAt: number | undefined;
  /** ms in which this wave held the others though nothing of it could be restarted. */
  readonly heldMs: number;
  readonly restarted: number;
  readonly failed: number;
  /** Workloads of waves that have been restarted, by the name of the wave: for `percent`. */
  readonly waves: { readonly [wave: string]: number };
  /** What it is for, as the first restart tells. */
  readonly reason: string;
}

export interface JournalEntry {
  readonly target: string;
  /** `held`: some of its pods are evicted, the others wait. */
  readonly state: "restarting" | "held" | "done" | "failed" | "broken";
  readonly wave: string;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly reason: string;
  /** Of the mesh, while it is under way. */
  readonly identity?: string;
  /** A failure that somebody has forgiven: it holds nothing any more, and is not tried again for this target. */
  readonly forgiven?: boolean;
  /** Since then something else was wanted of it. */
  readonly superseded?: boolean;
  /** Its template had the mark of this target before, while it is under way. */
  readonly marked?: boolean;
  /** How many of its outdated pods were evicted for this target, of how many; the uid of the one that is under way. */
  readonly evicted?: { readonly pods: number; readonly of: number; readonly pod?: string };
}

export interface HistoryEntry {
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly restarted: number;
  readonly failed: number;
  readonly reason: string;
}
