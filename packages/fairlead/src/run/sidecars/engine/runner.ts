import type { Cancel, Clock } from "@fairlead/apimachinery";
import type { Decision, WorkloadKey } from "../../../plan/sidecars/model/decision.ts";
import type {
  ActionResult,
  Journal,
  RunAction,
  RunEvent,
  RunInput,
  RunState,
  RunStep,
} from "../../../plan/sidecars/model/run.ts";
import type { SidecarSettings } from "../../../plan/sidecars/model/settings.ts";
import { errorFields, type Log } from "../../log.ts";
import type { Change } from "../act/act.ts";
import type { Command } from "../journal/command.ts";
import type { JournalStore, JournalWrite } from "../journal/journal-store.ts";
import { createLimiter } from "./limiter.ts";

/** The pure machine of a run. */
export interface RunMachine {
  start(journal: string): RunState;
  step(state: RunState, input: RunInput): RunStep;
  encode(journal: Journal): string;
}

export interface RunnerOptions {
  readonly machine: RunMachine;
  readonly settings: SidecarSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: JournalStore;
  readonly decisions: ReadonlyMap<WorkloadKey, Decision>;
  readonly clusters: () => RunInput["clusters"];
  /** Whether this process may write now. */
  readonly mayWrite: () => boolean;
  /** Carries out a change; never rejects. */
  readonly act: (change: Change) => Promise<ActionResult>;
  readonly tell: (event: Extract<RunAction, { readonly kind: "event" }>) => void;
  /** What people see of a state: written after every change of it, but not more often than every few seconds. */
  readonly statusOf: (state: RunState) => string;
  readonly onStep: (state: RunState, actions: readonly RunAction[], seconds: number) => void;
  readonly onResult: (change: Change, result: ActionResult) => void;
  /** Something that was under way has ended: `isIdle` may be true. */
  readonly onEnd: () => void;
  /** Somebody else has written the journal: this process must not go on by what it knows. */
  readonly onLost: () => void;
}

/** A run at work: steps, carries out what they ask for, and keeps the journal. One for each time of leading. */
export interface Runner {
  state(): RunState;
  decided(changed: readonly WorkloadKey[] | undefined): void;
  event(event: RunEvent): void;
  /** Commands that lie in the journal's ConfigMap, by key; those that cannot be understood are only taken away. */
  commands(commands: ReadonlyMap<string, Command | undefined>): void;
  /** Whatever statusOf looks at has changed. */
  touch(): void;
  isIdle(): boolean;
  /** Begins nothing new; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** Changes that are sent at the same time. */
const mostChanges = 16;
const statusMs = 3_000;
const journalRetryMs = 2_000;
const longestTimerMs = 3_600_000;

export function createRunner(options: RunnerOptions, journal: string): Runner {
  const { machine, clock, log, store } = options;
  const limiter = createLimiter(mostChanges);
  const acting = new Set<Promise<void>>();
  let state = machine.start(journal);
  let events: RunEvent[] = [];
  /** Undefined: all. */
  let changed: Set<WorkloadKey> | undefined;
  let isDue = false;
  /** Nothing is stepped before everything was decided once: what is not known yet would count as gone. */
  let isReady = false;
  let isStepping = false;
  let isStopped = false;
  /** Somebody else has written the journal. */
  let isLost = false;
  let cancelAgain: Cancel = () => {};
  let cancelStatus: Cancel | undefined;
  let cancelRetry: Cancel | undefined;
  /** Writes of the ConfigMap, and what must come after them, one after the other. */
  let writing: Promise<void> = Promise.resolve();
  let writes = 0;
  /** A journal that could not be written. */
  let isJournalDue = false;
  let written = { status: "", journal };
  const consumed = new Set<string>();
  const taken = new Set<string>();

  function due(): void {
    if (isDue || isStopped || !isReady) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      if (!isStopped) step();
    });
  }

  function inputNow(clusters: RunInput["clusters"]): RunInput {
    const input: RunInput = {
      now: clock.now(),
      monotonic: clock.monotonic(),
      settings: options.settings,
      decisions: options.decisions,
      changed: changed === undefined ? undefined : [...changed],
      clusters,
      events,
    };
    changed = new Set();
    events = [];
    return input;
  }

  function step(): void {
    if (!options.mayWrite()) return;
    const begun = performance.now();
    isStepping = true;
    const input = inputNow(options.clusters());
    const next = machine.step(state, input);
    state = next.state;
    isStepping = false;
    options.onStep(state, next.actions, (performance.now() - begun) / 1000);
    if (next.actions.length > 0 || consumed.size > 0) perform(next.actions);
    cancelAgain();
    cancelAgain = () => {};
    if (next.again !== undefined) {
      const ms = Math.min(longestTimerMs, Math.max(1, next.again - clock.now()));
      cancelAgain = clock.after(ms, due);
    }
    statusDue();
  }

  function perform(actions: readonly RunAction[]): void {
    const changes: Change[] = [];
    let toWrite: Journal | undefined;
    for (const action of actions) {
      if (action.kind === "event") options.tell(action);
      else if (action.kind === "journal") toWrite = action.journal;
      else changes.push(action);
    }
    if (toWrite === undefined && !isJournalDue && consumed.size === 0) {
      for (const change of changes) begin(change);
      return;
    }
    queue(async () => {
      const isWritten = await keep(toWrite ?? (isJournalDue ? state.journal : undefined));
      for (const change of changes) {
        if (isWritten && !isStopped) begin(change);
        else done(change, { kind: "changed" });
      }
    });
  }

  function begin(change: Change): void {
    const one = limiter
      .run(() => carryOut(change))
      .finally(() => {
        acting.delete(one);
        options.onEnd();
      });
    acting.add(one);
  }

  async function carryOut(change: Change): Promise<void> {
    let result: ActionResult;
    try {
      result = await options.act(change);
    } catch (error) {
      log.error({ error: errorFields(error) }, "a change failed");
      result = { kind: "unsure", message: "an error of the program" };
    }
    options.onResult(change, result);
    done(change, result);
  }

  function done(change: Change, result: ActionResult): void {
    events.push({ kind: "done", action: change.id, result });
    due();
  }

  function queue(work: () => Promise<void>): void {
    writes++;
    writing = writing
      .then(work)
      .catch((error: unknown) => log.error({ error: errorFields(error) }, "the journal could not be kept"))
      .finally(() => {
        writes--;
        options.onEnd();
      });
  }

  /** Whether what changes workloads may go on. */
  async function keep(toWrite: Journal | undefined): Promise<boolean> {
    if (isStopped) return false;
    cancelStatus?.();
    cancelStatus = undefined;
    const commands = [...consumed];
    const status = options.statusOf(state);
    const text = toWrite === undefined ? undefined : machine.encode(toWrite);
    const write: JournalWrite = {
      ...(text !== undefined && { journal: text }),
      ...(status !== written.status && { status }),
      consumed: commands,
    };
    if (write.journal === undefined && write.status === undefined && commands.length === 0) return true;
    lastWriteAt = clock.monotonic();
    const outcome = await store.write(write);
    if (outcome === "written") {
      written = { status, journal: text ?? written.journal };
      for (const command of commands) consumed.delete(command);
      if (text !== undefined) isJournalDue = false;
      return true;
    }
    if (outcome === "lost") {
      log.info({}, "another process has written the journal");
      isStopped = true;
      isLost = true;
      options.onLost();
      return false;
    }
    if (text !== undefined) isJournalDue = true;
    retryLater();
    return false;
  }

  let lastWriteAt = -Infinity;

  function retryLater(): void {
    if (cancelRetry !== undefined || isStopped) return;
    cancelRetry = clock.after(journalRetryMs, () => {
      cancelRetry = undefined;
      queue(async () => void (await keep(isJournalDue ? state.journal : undefined)));
    });
  }

  function statusDue(): void {
    if (cancelStatus !== undefined || isStopped) return;
    const ms = Math.max(1, lastWriteAt + statusMs - clock.monotonic());
    cancelStatus = clock.after(ms, () => {
      cancelStatus = undefined;
      lastWriteAt = clock.monotonic();
      if (!isStopped && options.mayWrite()) queue(async () => void (await keep(undefined)));
      else options.onEnd();
    });
  }

  /**
   * Writes down what became of changes that were under way, so that whoever comes next need not wait for what was never sent.
   * Nothing begins by it: no cluster counts as seen.
   */
  async function conclude(): Promise<void> {
    if (events.length === 0 || !isReady || isLost) return;
    // What was decided before it was told to stop is not what is so now.
    changed = new Set();
    const clusters = options.clusters().map((one) => ({ ...one, current: false }));
    state = machine.step(state, inputNow(clusters)).state;
    await store.write({ journal: machine.encode(state.journal) });
  }

  return {
    state: () => state,
    decided(keys) {
      const isFirst = !isReady;
      isReady = true;
      if (keys === undefined) changed = undefined;
      else if (keys.length === 0 && !isFirst) return;
      else for (const key of keys) changed?.add(key);
      due();
    },
    event(event) {
      events.push(event);
      due();
    },
    commands(commands) {
      for (const key of taken) if (!commands.has(key)) taken.delete(key);
      for (const [key, command] of commands) {
        if (taken.has(key)) continue;
        taken.add(key);
        consumed.add(key);
        if (command !== undefined) events.push(command);
      }
      if (consumed.size > 0) due();
    },
    touch: statusDue,
    isIdle: () =>
      !isDue &&
      !isStepping &&
      acting.size === 0 &&
      writes === 0 &&
      cancelStatus === undefined &&
      cancelRetry === undefined,
    async stop() {
      isStopped = true;
      cancelAgain();
      cancelStatus?.();
      cancelRetry?.();
      await writing;
      await Promise.all(acting);
      await conclude();
    },
  };
}
