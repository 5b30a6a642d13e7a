import type { Clock } from "@fairlead/apimachinery";
import { formatRef, isError, type Finding, type KrmObject } from "@fairlead/krm";
import type { Client, DeleteOptions } from "../client/client.ts";
import { holdProcess, systemClock } from "../clock.ts";
import { judgeDeleted, judgeEstablished, type Judge } from "../wait/verdict.ts";
import { waitUntil } from "../wait/wait.ts";
import type { ApplyPlan, ApplyStep } from "./apply-set.ts";
import { bounded } from "./bounded.ts";
import { applyFinding } from "./findings.ts";
import { isCrd, resourcesOfCrd } from "./plan/custom-resource.ts";
import { groupKind } from "./plan/phase.ts";
import { stepFinding } from "./step-finding.ts";
import { applyStep, deleteStep, type StepContext, type Taken } from "./take-step.ts";
import { parentWriter } from "./write-parent.ts";

export type Outcome = Taken["outcome"] | "failed" | "skipped" | "refused";

/** What became of one step. */
export interface StepResult {
  readonly step: ApplyStep;
  /** `skipped`: its turn did not come. `refused`: it must not be done, by the plan. */
  readonly outcome: Outcome;
  /** As the server answered. */
  readonly object?: KrmObject;
  readonly finding?: Finding;
}

export interface RunOptions {
  /** Called as each step ends, in the order in which they do. */
  readonly onStep?: (result: StepResult) => void;
  readonly signal?: AbortSignal;
  /** Writes at once; 16 unless told. */
  readonly concurrency?: number;
  /** Of the whole run, in milliseconds. */
  readonly deadlineMs?: number;
  /** What happens to what deleted objects own; in the background unless told. */
  readonly propagation?: NonNullable<DeleteOptions["propagation"]>;
  readonly clock?: Clock;
}

export interface RunResult {
  /** Whether everything was done: what the plan refuses to delete counts as done. */
  readonly ok: boolean;
  /** One for each step of the plan, in its order. */
  readonly steps: readonly StepResult[];
  /** Requests sent that were neither reads nor dry runs. */
  readonly writes: number;
  /** Those of the plan and those of the run. */
  readonly findings: readonly Finding[];
}

const concurrencyUnlessTold = 16;
const establishMs = 60_000;
const finalizersMs = 60_000;

/**
 * Carries out a plan: the parent first, then the objects phase by phase, those of a phase in parallel, then the
 * deletions in the opposite order, then the parent again. A failure does not keep the rest of its phase from being
 * tried, and nothing after that phase is. A plan with errors is not begun. Nothing is thrown: what fails is a finding.
 *
 * A run that is killed at any point and a plan made anew end where an undisturbed run ends, because
 * - the parent names every kind and namespace of old and new members before the first member is written, and fewer
 *   only after the last deletion: whatever a killed run has made or left is found by the next one, also when several
 *   run at once (`parentWriter` says how);
 * - every write depends on nothing but the declaration (server-side apply) or on a member that is not declared
 *   (deletion): repeating one changes nothing, and a missing one is still in the next plan;
 * - deletions come after everything was applied: no state in between lacks both the old and the new.
 * A namespace that the set itself brings for its parent is the one object written before the parent: if it is no longer
 * declared when a killed run is repeated, it stays.
 */
export async function runApply(client: Client, plan: ApplyPlan, options: RunOptions = {}): Promise<RunResult> {
  const { steps, parent } = plan;
  const { clock = systemClock, propagation = "Background", concurrency = concurrencyUnlessTold } = options;
  const signal = AbortSignal.any([
    ...(options.signal === undefined ? [] : [options.signal]),
    ...(options.deadlineMs === undefined ? [] : [AbortSignal.timeout(options.deadlineMs)]),
  ]);
  const results = new Map<ApplyStep, StepResult>();
  const findings: Finding[] = [];
  const freshKinds = new Set<string>();
  const freshNamespaces = new Set<string>();
  let writes = 0;
  const wrote = (): void => void writes++;
  const context: StepContext = {
    client,
    options: plan.options,
    id: parent.id,
    signal,
    clock,
    propagation,
    freshKinds,
    freshNamespaces,
    wrote,
  };

  const isOver = (): boolean => signal.aborted;
  const mustStop = (): boolean => findings.length > 0 || isOver();
  // What goes wrong while a run is being ended is of its ending.
  const fail = (finding: Finding): void => void (isOver() || findings.push(finding));
  const hasWritten = (): boolean =>
    results.values().some(({ outcome }) => outcome === "created" || outcome === "changed");
  function end(result: StepResult): void {
    results.set(result.step, result);
    options.onStep?.(result);
  }

  async function takeAll(wave: readonly ApplyStep[], take: typeof applyStep): Promise<void> {
    await bounded(wave, concurrency, async (step) => {
      if (isOver()) return;
      try {
        const taken = await take(step, context);
        const isNamespace = groupKind(step.object) === "Namespace";
        if (taken.outcome === "created" && isNamespace) freshNamespaces.add(step.object.name);
        end({ step, ...taken });
      } catch (error) {
        // An interrupted step is like one that was never begun: what it did is seen by the next run.
        if (isOver()) return;
        const finding = stepFinding(error, step.object);
        fail(finding);
        end({ step, outcome: "failed", finding });
      }
    });
  }

  async function awaitAll(
    waiting: readonly ApplyStep[],
    judge: Judge,
    deadlineMs: number,
    code: "FL714" | "FL715",
  ): Promise<void> {
    if (waiting.length === 0) return;
    const targets = waiting.map(({ object, resource }) => ({ ...object, resource }));
    try {
      const { objects } = await waitUntil(client, targets, judge, { deadlineMs, signal, clock });
      for (const { object, kind, reason } of objects) {
        if (kind !== "done") fail(applyFinding(code, { message: `${formatRef(object)}: ${reason}`, object }));
      }
    } catch (error) {
      fail(stepFinding(error, waiting[0]!.object));
    }
  }

  /** Waits until the kinds are served whose definitions are in the set. */
  async function establish(): Promise<void> {
    const waiting = [...results.values()].flatMap(({ step, outcome, object }) => {
      if (!isCrd(step.object) || step.desired === undefined || isOver()) return [];
      if (outcome === "created") return [step];
      return object === undefined || judgeEstablished(object, false).kind === "done" ? [] : [step];
    });
    for (const step of waiting) {
      for (const { group, kind } of resourcesOfCrd(step.desired!)) freshKinds.add(`${group}|${kind}`);
    }
    await awaitAll(waiting, judgeEstablished, establishMs, "FL714");
    if (waiting.length > 0) client.discovery.invalidate();
  }

  /** What a controller still has to clean up needs the controller, which may be deleted next. */
  async function awaitFinalizers(deleted: readonly ApplyStep[]): Promise<void> {
    const held = deleted.filter((step) => {
      const finalizers = results.get(step)?.object?.metadata["finalizers"];
      return Array.isArray(finalizers) && finalizers.length > 0;
    });
    await awaitAll(held, judgeDeleted, finalizersMs, "FL715");
  }

  const writer = parentWriter({ client, plan, signal, clock, wrote });

  async function applyAll(): Promise<void> {
    const all = steps.filter(({ kind }) => kind === "create" || kind === "update");
    const { namespace } = parent.parent.key;
    // The parent cannot be written into a namespace that comes with the set.
    const home = all.filter(({ object }) => groupKind(object) === "Namespace" && object.name === namespace);
    const first = parent.before === undefined ? [] : home;
    await takeAll(first, applyStep);
    if (mustStop()) return;
    (await writer.widen()).forEach(fail);
    const rest = all.filter((step) => !first.includes(step));
    const defines = rest.some(({ phase }) => phase === "crds");
    if (!defines && !mustStop()) await establish();
    for (const phase of byPhase(rest, 1)) {
      if (mustStop()) return;
      for (const wave of phase) await takeAll(wave, applyStep);
      if (phase[0]?.[0]?.phase === "crds" && !mustStop()) await establish();
    }
  }

  async function deleteAll(): Promise<void> {
    const all = byPhase(
      steps.filter(({ kind }) => kind === "delete"),
      -1,
    );
    for (const [index, phase] of all.entries()) {
      for (const [at, wave] of phase.entries()) {
        if (mustStop()) return;
        await takeAll(wave, deleteStep);
        const isLast = index + 1 === all.length && at + 1 === phase.length;
        if (!isLast && !mustStop()) await awaitFinalizers(wave);
      }
    }
  }

  for (const step of steps) {
    if (step.kind === "unchanged") end({ step, outcome: "unchanged", object: step.observed! });
    else if (step.kind === "conflict" || step.kind === "refused") end({ step, outcome: "refused" });
  }
  const isBlocked = plan.findings.some(isError);
  if (!isBlocked) {
    const release = holdProcess();
    await applyAll();
    if (!mustStop()) await deleteAll();
    if (!mustStop() && parent.after !== undefined) (await writer.shrink()).forEach(fail);
    else if (!isOver() && hasWritten()) (await writer.confirm()).forEach(fail);
    release();
  }
  const skipped = steps.filter((step) => !results.has(step));
  for (const step of skipped) end({ step, outcome: "skipped" });
  if (!isBlocked && (isOver() || skipped.length > 0)) {
    const why = isOver() ? "it was interrupted or its time ran out" : "what failed has to come first";
    const message = `${skipped.length} of ${steps.length} steps were not begun, or not seen to end: ${why}`;
    findings.push(applyFinding("FL715", { message }));
  }
  return {
    ok: !isBlocked && findings.length === 0,
    steps: steps.map((step) => results.get(step)!),
    writes,
    findings: [...plan.findings, ...findings],
  };
}

/** The steps by phase and wave, in the direction given. */
function byPhase(steps: readonly ApplyStep[], direction: 1 | -1): ApplyStep[][][] {
  const waves = Map.groupBy(steps, ({ wave }) => wave);
  const ordered = [...waves].sort(([a], [b]) => direction * (a - b)).map(([, wave]) => wave);
  return [...Map.groupBy(ordered, (wave) => wave[0]!.phase).values()];
}
