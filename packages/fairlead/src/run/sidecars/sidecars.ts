import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { sortFindings, type KrmObject } from "@fairlead/krm";
import { dropManagedFields } from "@fairlead/kube";
import type { ActionResult, RunEvent, RunState } from "../../plan/sidecars/model/run.ts";
import { factsOf } from "../../plan/sidecars/observe/facts-of.ts";
import { findingsOf } from "../../plan/sidecars/waves/findings-of.ts";
import { wavesFinding } from "../../plan/sidecars/waves/findings.ts";
import { rightOf, soleRight, type Right } from "../gate.ts";
import { errorFields } from "../log.ts";
import { createProblems } from "../problems.ts";
import { within } from "../within.ts";
import { act, type Change } from "./act/act.ts";
import { podIsThere } from "./act/pod-is-there.ts";
import { createRunner, type Runner } from "./engine/runner.ts";
import { sidecarRunFinding } from "./findings.ts";
import { commandsOf } from "./journal/command.ts";
import { createJournalStore } from "./journal/journal-store.ts";
import { configMaps } from "./journal/place.ts";
import { runMachine } from "./machine.ts";
import { createSidecarsMetrics } from "./metrics.ts";
import { createObservation } from "./observation.ts";
import type { Sidecars, SidecarsOptions } from "./sidecars-model.ts";
import { statusText } from "./status-text.ts";

export type { Sidecars, SidecarsOptions, SidecarsStatus } from "./sidecars-model.ts";

const stopMs = 15_000;
const writeMs = 10_000;
const retryMs = 1_000;

/** Keeps the sidecars of clusters current, from now on until it is stopped. */
export function startSidecars(options: SidecarsOptions): Sidecars {
  const { settings, clock, log, place, instance } = options;
  const problems = createProblems();
  const leave = new AbortController();
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();
  const waiters = new Set<() => void>();
  const listeners = new Set<() => void>();
  let right: Right | undefined;
  let leading: { readonly runner: Runner; readonly right: Right } | undefined;
  /** While what a former leading began comes to its end. */
  let isTurning = false;
  let isStopping = false;
  let wasReady = false;
  let cancelPeriod = (): void => {};

  const metrics = createSidecarsMetrics({
    clusters: () => observation.clusters(),
    injectors: () => observation.injectors(),
    rows: () => leading?.runner.state().rows ?? [],
    workloads: () => observation.engine.decisions.size,
    queue: () => observation.engine.queued(),
    paused: () => (leading?.runner.state().progress.paused ?? "") !== "",
    leading: () => right?.held() === true,
    eventsDropped: () => observation.fleet.all().reduce((sum, one) => sum + (one.events()?.dropped ?? 0), 0),
  });

  const observation = createObservation({
    ...options,
    problems,
    onStarted: () => maybeLead(),
    onDecided: (changed) => leading?.runner.decided(changed),
    onStatus: () => leading?.runner.touch(),
    onEnd: told,
    onDecision: metrics.decided,
    onAsked: (asked, seconds) => metrics.asked(asked.by, asked.kind, seconds),
  });
  const { engine } = observation;

  const mayWrite = (one: Right): boolean => !isStopping && one.held() && leading?.right !== undefined;

  function maybeLead(): void {
    if (right === undefined || leading !== undefined || isTurning || isStopping || !observation.isStarted()) return;
    isTurning = true;
    const one = right;
    lead(one)
      .catch((error: unknown) => log.error({ error: errorFields(error) }, "the run could not be begun"))
      .finally(() => {
        isTurning = false;
        // The journal cannot be read, or another leading has begun meanwhile.
        if (leading === undefined && right !== undefined && !isStopping) clock.after(retryMs, maybeLead);
        told();
      });
  }

  async function lead(one: Right): Promise<void> {
    const store = createJournalStore({
      client: options.home,
      place,
      log,
      term: () => one.term,
      // Until it has stopped: what became of its last changes is written down, too.
      mayWrite: () => one.held(),
      signal: one.signal,
      onWrite(outcome, message) {
        metrics.journaled(outcome);
        const about = `${place.namespace}/${place.name}: ${message}`;
        const findings = outcome === "failed" ? [sidecarRunFinding("FL884", { message: about })] : [];
        for (const finding of problems.set("journal", findings)) log.warn({ finding }, "a finding");
      },
    });
    const journal = await store.read();
    if (journal === undefined || !one.held() || isStopping) return;
    const runner = createRunner(
      {
        machine: runMachine(settings, clock, onEncoded),
        settings,
        clock,
        log,
        store,
        decisions: engine.decisions,
        clusters: () =>
          engine.view().clusters.map(({ name, region, state }) => ({ name, region, current: state === "current" })),
        mayWrite: () => mayWrite(one),
        act: (change) => carryOut(change, one),
        tell({ workload, type, reason, message }) {
          const { apiVersion, kind, namespace, name, uid } = workload;
          const events = observation.fleet.get(workload.cluster)?.events();
          events?.record({ apiVersion, kind, namespace, name, uid }, { type, reason, message });
        },
        statusOf: publishedOf,
        onStep: (_state, _actions, seconds) => metrics.stepped(seconds),
        onResult,
        onEnd: told,
        onLost: () => void relead(),
      },
      journal,
    );
    leading = { runner, right: one };
    engine.start();
    takeCommands();
    everyPeriod();
  }

  /** Begins again with what the journal says now. */
  async function relead(): Promise<void> {
    await unlead();
    clock.after(retryMs, maybeLead);
  }

  async function unlead(): Promise<void> {
    const before = leading;
    leading = undefined;
    cancelPeriod();
    engine.halt();
    if (before === undefined) return;
    isTurning = true;
    await within(clock, options.stopMs ?? stopMs, before.runner.stop());
    isTurning = false;
  }

  function everyPeriod(): void {
    cancelPeriod();
    const { periodMs } = settings.restart;
    if (periodMs === 0) return;
    cancelPeriod = clock.after(periodMs, () => {
      observation.oracle.refresh();
      engine.sweep();
      everyPeriod();
    });
  }

  function carryOut(change: Change, one: Right): Promise<ActionResult> {
    const { workload } = change;
    const member = observation.fleet.get(workload.cluster);
    const client = member?.client();
    if (member === undefined || client === undefined) return Promise.resolve({ kind: "changed" });
    const { signal } = one;
    return act(change, {
      client,
      mode: settings.mode,
      dryRun: settings.restart.dryRun,
      signal,
      timeoutMs: writeMs,
      find: member.find,
      async isNeeded() {
        const decision = engine.decisions.get(workload.key);
        const pod = decision?.kind === "outdated" ? decision.outdated.at(-1) : undefined;
        if (pod === undefined || !mayWrite(one)) return false;
        const { namespace } = workload;
        if (!(await podIsThere({ ...pod, namespace }, { client, signal, timeoutMs: writeMs }))) return false;
        await engine.caughtUp();
        return true;
      },
      mayStill: () => mayWrite(one) && isStillDecided(change),
      isSame(_change, object) {
        const decided = engine.view().workload(workload.key);
        const facts = factsOf(object as unknown as JsonObject, workload.cluster, settings);
        const fact = facts.find((found) => found.fact === "workload");
        if (fact?.fact !== "workload" || fact.template?.hash !== decided?.template?.hash) return false;
        // Hashes leave out who restarted it: a restart by anybody else since replaces its pods already.
        return fact.generation === decided?.generation;
      },
      wrote: (object: KrmObject) => member.wrote(object),
      pause: (ms) => new Promise((resolve) => void clock.after(ms, resolve)),
      ...(options.onSend !== undefined && { onSend: options.onSend }),
    });
  }

  function isStillDecided({ kind, workload, target, ...change }: Change): boolean {
    const decision = engine.decisions.get(workload.key);
    if (decision?.kind !== "outdated" || decision.target !== target || decision.workload.uid !== workload.uid)
      return false;
    if (engine.view().cluster(workload.cluster)?.state !== "current") return false;
    if (!observation.fleet.isWatched(workload.cluster)) return false;
    if (kind === "restart") return true;
    const { pod } = change as Extract<Change, { kind: "evict" }>;
    return decision.outdated.some(({ uid }) => uid === pod.uid);
  }

  function onResult(change: Change, result: ActionResult): void {
    metrics.acted(change.kind, result.kind);
    const { key } = change.workload;
    log.info({ workload: key, way: change.kind, target: change.target, result: result.kind }, "a restart was sent");
    const isWrong = result.kind === "refused" || result.kind === "unsure";
    const findings = isWrong ? [sidecarRunFinding("FL886", { message: `${key}: ${result.message}` })] : [];
    for (const finding of problems.set(`change ${key}`, findings)) log.warn({ finding }, "a finding");
  }

  function onEncoded(left: number): void {
    // The number is not told: it is another one with almost every restart.
    const message = `${place.namespace}/${place.name}: the oldest entries of workloads that are finished were left out`;
    const findings = left === 0 ? [] : [wavesFinding("FL871", { message })];
    for (const finding of problems.set("journal size", findings)) log.info({ finding }, "a finding");
  }

  function publishedOf(state: RunState): string {
    return statusText({
      instance,
      progress: state.progress,
      // Watches end and begin again: what keeps nobody from knowing the cluster is no news.
      clusters: observation
        .clusters()
        .map((one) => ({ ...one, problem: one.state === "current" ? undefined : one.problem })),
      injectors: observation.injectors(),
      rows: state.rows,
    });
  }

  const commands = observation.home.informer(
    { resource: configMaps, namespace: place.namespace, fieldSelector: `metadata.name=${place.name}` },
    { strip: onlyCommands },
  );
  const stopCommands = commands.listen(() => takeCommands());

  function takeCommands(): void {
    if (leading === undefined) return;
    const found = commandsOf(commands.store.get(place)?.["data"]);
    leading.runner.commands(found);
    const bad = [...found].filter(([, command]) => command === undefined);
    const findings = bad.map(([key]) => sidecarRunFinding("FL885", { message: `${place.name}: ${key.slice(0, 100)}` }));
    for (const finding of problems.set("commands", findings)) log.warn({ finding }, "a finding");
  }

  function told(): void {
    for (const listener of listeners) listener();
    if (!isIdle()) return;
    for (const waiter of waiters) waiter();
    waiters.clear();
  }

  /** One that does not lead waits for its turn, and for nothing else. */
  function isIdle(): boolean {
    if (isStopping || !observation.isStarted() || isTurning) return false;
    if (leading === undefined) return right === undefined;
    return observation.isIdle() && leading.runner.isIdle();
  }

  const elected =
    options.election?.run(async (leadership) => {
      log.info({ term: leadership.term }, "leading");
      right = rightOf(leadership);
      maybeLead();
      await aborted(leadership.signal);
      right = undefined;
      await unlead();
      log.info({ term: leadership.term }, "no longer leading");
    }, leave.signal) ?? aborted(leave.signal);
  if (options.election === undefined) right = soleRight(leave.signal);
  observation.open();

  // Timers of the clock do not keep a process alive, and clusters that cannot be reached have no connection that does.
  const alive = setInterval(() => {}, 60_000);
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    isStopping = true;
    log.info({}, "stopping");
    await unlead();
    // The lease is given up only when nothing of ours writes any more.
    leave.abort();
    const failure = await elected.then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    stopCommands();
    observation.home.release(commands);
    await within(clock, options.stopMs ?? stopMs, observation.close());
    clearInterval(alive);
    log.info({}, "stopped");
    if (failure === undefined) end();
    else fail(failure.error as Error);
  }
  const stopOnce = (): Promise<void> => (stopped ??= stop());
  elected.catch(() => void stopOnce());
  ended.catch(() => {});

  function event(one: RunEvent): void {
    leading?.runner.event(one);
  }

  return {
    status: () => ({
      clusters: observation.clusters(),
      injectors: observation.injectors(),
      leading: leading !== undefined && leading.right.held(),
      rows: leading?.runner.state().rows ?? [],
      progress: leading?.runner.state().progress,
      journal: leading?.runner.state().journal,
      findings: sortFindings([...problems.all(), ...(leading === undefined ? [] : findingsOf(leading.runner.state()))]),
    }),
    pause: (scope, by, reason) => event({ kind: "pause", by, reason, scope }),
    resume: (scope, by) => event({ kind: "resume", by, scope }),
    isStarted: observation.isStarted,
    onStatus(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    isIdle,
    settled: () => (isIdle() ? Promise.resolve() : new Promise((resolve) => void waiters.add(resolve))),
    notReady() {
      const reasons = [...observation.notStarted()];
      // Later on an injector that is asked anew is no news; before, nobody knows whether it answers.
      if (!wasReady && leading !== undefined) {
        const asked = observation.injectors().filter(({ phase }) => phase === "probing");
        reasons.push(...asked.map(({ cluster, injector, reason }) => `injector ${injector} of ${cluster}: ${reason}`));
      }
      wasReady ||= reasons.length === 0;
      return reasons;
    },
    targets: observation.targets,
    metrics: metrics.registry,
    stop: stopOnce,
    ended,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Journal and status are large, and only ours. */
function onlyCommands(object: KrmObject): KrmObject {
  const data: JsonObject = {};
  const found = get(object as unknown as JsonObject, "data");
  if (isObject(found)) for (const key of commandsOf(found).keys()) data[key] = found[key]!;
  return dropManagedFields({ ...object, data } as KrmObject);
}
