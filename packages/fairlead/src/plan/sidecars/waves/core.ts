import type { PersistentMap } from "@fairlead/apimachinery";
import type { Decision, OutdatedPod, WorkloadKey } from "../model/decision.ts";
import type { HistoryEntry, Journal, JournalEntry, RunRecord, RunState } from "../model/run.ts";
import type { Rules } from "./rules.ts";

/** Times that are called `…At` or `since` here are monotonic; the journal has clock times. */
export interface Item {
  readonly key: WorkloadKey;
  /** As last seen; undefined: not seen yet, only the journal tells of it. */
  readonly decision: Decision | undefined;
  /** It was seen before and is not there any more. */
  readonly gone: boolean;
  /** Index of its wave in this run; undefined: it is not part of it. */
  readonly wave: number | undefined;
  readonly region: string;
  readonly joinedAt: number;
  readonly entry: JournalEntry | undefined;
  readonly flight: Flight | undefined;
  /** End of its last rollout, whoever began it. */
  readonly endedAt: number | undefined;
  /** Since when it rolls out. */
  readonly rollingSince: number | undefined;
  /** The target of its last decision that had one. */
  readonly target: string;
  /** The target of a mark on its template that was seen while something else was wanted: it may be wanted anew. */
  readonly left: string;
  readonly identity: string;
  readonly wait: Wait | undefined;
  /** Pods that the Eviction API refused, by uid. */
  readonly refused: ReadonlyMap<string, PodWait>;
  /** Outdated pods that are no news: a further one was made after a restart, and is outdated again. */
  readonly known: ReadonlySet<string> | undefined;
  /** The target that a dry run has told of. */
  readonly shownFor: string;
}

/** Under way: asked for, or carried out and not finished. */
export interface Flight {
  readonly way: "roll" | "evict";
  readonly target: string;
  readonly since: number;
  readonly action: string;
  /** `unsure`: nobody knows whether it was written. */
  readonly phase: "asked" | "written" | "unsure";
  readonly phaseAt: number;
  /** The rollout, or the mark of it, was seen. */
  readonly seen: boolean;
  /**
   * Whether its template had the mark of this target before (what is wanted went to and fro): then the mark tells nothing,
   * but outdated pods other than those do; undefined: nobody knows which they were.
   */
  readonly marked: false | { readonly pods: ReadonlySet<string> | undefined };
  /** Undefined: not known any more. */
  readonly nodes: readonly string[] | undefined;
  readonly zones: readonly string[] | undefined;
  readonly pods: number;
  /** That is evicted; of another process's only the uid is known. */
  readonly pod: Pick<OutdatedPod, "uid" | "name" | "ready"> | undefined;
  /** Ready pods, and pods at all, before one was evicted. */
  readonly before: { readonly ready: number; readonly total: number };
  /** What the journal said before, for when nothing was written. */
  readonly previous: JournalEntry | undefined;
}

export interface Wait {
  readonly until: number;
  readonly tries: number;
  readonly reason: string;
  /** Over as soon as another decision comes. */
  readonly decision: Decision | undefined;
  /** At its end it is broken: it was restarted for this target, and what remains is not replaced. */
  readonly breaks: boolean;
}

export interface PodWait {
  readonly until: number;
  readonly tries: number;
  readonly by: string;
}

/** A workload that waits, by what it is sorted by. */
export interface Queued {
  readonly key: WorkloadKey;
  readonly order: number;
  readonly name: string;
}

export interface ClusterState {
  readonly region: string;
  readonly current: boolean;
  /** Since when it has been so. */
  readonly since: number;
}

export type NamespaceKey = string;
export type StageKey = string;
export type Queues = ReadonlyMap<StageKey, ReadonlyMap<NamespaceKey, readonly Queued[]>>;

export interface Retargeted {
  readonly namespace: string;
  readonly at: number;
}

export interface Core {
  readonly rules: Rules;
  /** Undefined before the first step. */
  readonly now: number | undefined;
  readonly mono: number;
  readonly revision: number;
  readonly pauses: Journal["pauses"];
  readonly history: readonly HistoryEntry[];
  readonly run: RunRecord | undefined;
  readonly items: PersistentMap<Item>;
  readonly entries: PersistentMap<JournalEntry>;
  readonly flights: ReadonlySet<WorkloadKey>;
  readonly rolling: ReadonlySet<WorkloadKey>;
  readonly failures: ReadonlySet<WorkloadKey>;
  readonly waiting: ReadonlySet<WorkloadKey>;
  readonly unknown: ReadonlySet<WorkloadKey>;
  /** Those whose wait ends with the breaker. */
  readonly breaking: ReadonlySet<WorkloadKey>;
  readonly counts: Counts;
  readonly queues: Queues;
  readonly clusters: ReadonlyMap<string, ClusterState>;
  /** How often namespaces had their turn in this run. */
  readonly served: ReadonlyMap<NamespaceKey, number>;
  /** Of waves that take a part of what they match: how many they matched and took. */
  readonly shares: readonly { readonly matched: number; readonly taken: number }[];
  readonly lastStartAt: number | undefined;
  readonly stageAt: number;
  readonly lastEndedAt: number | undefined;
  /** Since when the wave has held the others though nothing of it can be restarted. */
  readonly idleSince: number | undefined;
  readonly retargeted: readonly Retargeted[];
  readonly doneKeys: ReadonlySet<WorkloadKey>;
  /** Namespaces of stages in which everything that waits is blocked for its own sake. */
  readonly parked: ReadonlyMap<NamespaceKey, ReadonlyMap<StageKey, Parked>>;
}

export interface Parked {
  readonly queue: readonly Queued[];
  readonly found: "goes" | "blocked" | "none";
  /** Clock time since when, and monotonic and clock time until when this holds. */
  readonly from: number;
  readonly until: number;
  readonly untilClock: number;
}

export interface Counts {
  readonly waiting: number;
  readonly underWay: number;
  readonly failed: number;
  readonly reported: number;
  readonly unknown: number;
}

/** What `step` hands out: the core is nobody else's. */
export interface Run extends RunState {
  readonly core: Core;
}
