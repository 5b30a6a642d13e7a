import { equal, type Clock } from "@fairlead/apimachinery";
import type { Decision, WorkloadKey } from "../../../plan/sidecars/model/decision.ts";
import type { Answers, Question } from "../../../plan/sidecars/model/question.ts";
import type { ClusterView, Decide, SidecarChange, SidecarView } from "../../../plan/sidecars/model/view.ts";
import type { Oracle } from "../oracle/oracle.ts";
import { questionId } from "../oracle/question-id.ts";
import { createUses } from "./uses.ts";

export interface EngineOptions {
  readonly view: SidecarView;
  readonly decide: Decide;
  readonly oracle: Pick<Oracle, "get" | "state" | "want" | "doubt" | "observe" | "drop">;
  readonly clock: Clock;
  /** Lets everybody else have a turn. */
  readonly turn: () => Promise<void>;
  /** What has been observed since the last time. */
  readonly changes: () => SidecarChange[];
  /** Changes were taken in; there may be more by this alone. */
  readonly onTaken: () => void;
  /** Everything that was touched is decided: by key, those that are decided otherwise than before. */
  readonly onDecided: (changed: readonly WorkloadKey[]) => void;
  readonly onDecision?: (seconds: number) => void;
  /** Nothing waits any more. */
  readonly onIdle: () => void;
  /** A mistake in the program: the workload counts as one of which nothing is known. */
  readonly onError: (key: WorkloadKey, error: unknown) => void;
}

/**
 * The view, and what follows from it for each workload. What changes is taken together for a moment; then only those
 * workloads are decided that it touches.
 */
export interface Engine {
  view(): SidecarView;
  /** Of every workload that is not `outside`. */
  readonly decisions: ReadonlyMap<WorkloadKey, Decision>;
  /** There are changes to take in. */
  touch(): void;
  /** Decides from now on; before, changes are only taken in. */
  start(): void;
  /** Stops deciding until it is started again, and forgets decisions. */
  halt(): void;
  /** Decides everything again. */
  sweep(): void;
  answered(question: Question): void;
  injectorChanged(cluster: string, injector: string): void;
  isWanted(question: Question): boolean;
  /** Whether new pods of any workload would meet the injector. */
  isUsed(cluster: string, injector: string): boolean;
  /** Workloads that wait to be decided. */
  queued(): number;
  isIdle(): boolean;
  /** Resolves when everything that was observed before is decided; at once if it is. */
  caughtUp(): Promise<void>;
  close(): void;
}

/** How long others wait for their turn at most. */
const sliceMs = 8;
/** Kinds of facts that injectors answer by. */
const answeredBy: ReadonlySet<string> = new Set(["config", "control-plane", "hooks", "proxy-config"]);

export function createEngine(options: EngineOptions): Engine {
  const { oracle, clock, turn } = options;
  const decisions = new Map<WorkloadKey, Decision>();
  const uses = createUses();
  const dirty = new Set<WorkloadKey>();
  let view = options.view;
  let isStarted = false;
  let isClosed = false;
  let isScheduled = false;
  let hasChanges = false;
  let waiters: (() => void)[] = [];

  function schedule(): void {
    if (isScheduled || isClosed) return;
    isScheduled = true;
    let waiting: (() => void)[] = [];
    void turn()
      .then(() => {
        [waiting, waiters] = [waiters, []];
        return work();
      })
      .finally(() => {
        isScheduled = false;
        for (const resolve of waiting) resolve();
        if (hasChanges || (isStarted && dirty.size > 0)) schedule();
        else options.onIdle();
      });
  }

  async function work(): Promise<void> {
    takeChanges();
    if (!isStarted || isClosed) return;
    const changed: WorkloadKey[] = [];
    let since = clock.monotonic();
    let begun = performance.now();
    for (const key of dirty) {
      dirty.delete(key);
      if (decideOne(key)) changed.push(key);
      if (performance.now() - begun < sliceMs) continue;
      options.onDecision?.((clock.monotonic() - since) / 1000);
      await turn();
      if (isClosed || !isStarted) return;
      // What came in between counts for what is decided from now on.
      takeChanges();
      since = clock.monotonic();
      begun = performance.now();
    }
    options.onDecided(changed);
  }

  function takeChanges(): void {
    hasChanges = false;
    // What was read may make further things be read, and so a cluster incomplete.
    for (let round = 0; round < 3; round++) {
      const changes = options.changes();
      if (changes.length === 0) return;
      take(changes);
      options.onTaken();
    }
  }

  function take(changes: readonly SidecarChange[]): void {
    const { view: next, keys } = view.with(changes);
    view = next;
    for (const key of keys) dirty.add(key);
    const observed = new Set<string>();
    for (const change of changes) {
      if (change.kind === "cluster-removed") {
        oracle.drop(change.name);
        observed.delete(change.name);
      } else if (change.kind !== "cluster" && answeredBy.has(change.fact.fact)) observed.add(change.fact.cluster);
    }
    for (const cluster of observed) oracle.observe(cluster);
  }

  /** Whether it is decided otherwise than before. */
  function decideOne(key: WorkloadKey): boolean {
    const used = uses.begin(key);
    const answers: Answers = {
      get(question) {
        used.question(questionId(question));
        return oracle.get(question);
      },
      state(cluster, injector) {
        used.injector(`${cluster} ${injector.id}`);
        return oracle.state(cluster, injector);
      },
    };
    let decision: Decision | undefined;
    try {
      const decided = options.decide(view, key, answers);
      decision = decided.decision;
      const needs = [...decided.needs];
      if (decision?.kind === "unknown" && decision.question !== undefined) needs.push(decision.question);
      for (const question of needs) used.question(questionId(question));
      used.end();
      if (needs.length > 0) oracle.want(needs);
      for (const { question, since } of decided.doubts) oracle.doubt(question, since);
    } catch (error) {
      used.end();
      options.onError(key, error);
      decision = undefined;
    }
    const before = decisions.get(key);
    if (decision === undefined || decision.kind === "outside") return decisions.delete(key);
    if (before !== undefined && equal(before, decision)) return false;
    decisions.set(key, decision);
    return true;
  }

  function mark(keys: Iterable<WorkloadKey>): void {
    for (const key of keys) dirty.add(key);
    if (dirty.size > 0) schedule();
  }

  return {
    view: () => view,
    decisions,
    touch() {
      hasChanges = true;
      schedule();
    },
    start() {
      if (isStarted) return;
      isStarted = true;
      takeChanges();
      for (const key of view.keys()) dirty.add(key);
      schedule();
    },
    halt() {
      isStarted = false;
      decisions.clear();
      uses.clear();
      dirty.clear();
    },
    sweep() {
      if (isStarted) mark(view.keys());
    },
    answered: (question) => mark(uses.ofQuestion(questionId(question))),
    injectorChanged: (cluster, injector) => mark(uses.ofInjector(`${cluster} ${injector}`)),
    isWanted: (question) => uses.ofQuestion(questionId(question)).size > 0,
    isUsed: (cluster, injector) => uses.ofInjector(`${cluster} ${injector}`).size > 0,
    queued: () => dirty.size,
    isIdle: () => !isScheduled && !hasChanges && dirty.size === 0,
    caughtUp() {
      if (isClosed || (!hasChanges && dirty.size === 0)) return Promise.resolve();
      schedule();
      return new Promise((resolve) => void waiters.push(resolve));
    },
    close() {
      isClosed = true;
    },
  };
}

export function sameCluster(a: ClusterView | undefined, b: ClusterView): boolean {
  return a !== undefined && a.name === b.name && a.region === b.region && a.state === b.state;
}
