import { formatRef, hasErrors, type Finding } from "@fairlead/krm";
import {
  systemClock,
  waitFor,
  type RunOptions,
  type RunResult,
  type StepResult,
  type WaitCondition,
} from "@fairlead/kube";
import type { CliContext } from "../context.ts";
import type { Progress } from "../progress/progress.ts";
import { errorFinding } from "./error-finding.ts";
import { outcomeOf, type ClusterOutcome } from "./outcome.ts";
import type { Target } from "./targets.ts";

export interface CarryOut {
  readonly target: Target;
  /** What stands before names when there are several clusters. */
  readonly prefix: string;
  readonly progress: Progress;
  readonly deadlineMs: number;
  readonly wait: boolean;
}

/**
 * Runs what writes, then waits for what was written, within one deadline. Once something may have been written nothing
 * is thrown: what was done is told whatever becomes of the waiting.
 */
export async function carryOut(
  context: CliContext,
  { target, prefix, progress, deadlineMs, wait }: CarryOut,
  run: (options: RunOptions) => Promise<RunResult>,
): Promise<ClusterOutcome> {
  const clock = context.clock ?? systemClock;
  const deadline = clock.monotonic() + deadlineMs;
  const signal = context.interrupted?.();
  const common = { clock, ...(signal === undefined ? {} : { signal }) };
  const onStep = (result: StepResult): void => showStep(progress, prefix, result, wait);
  const result = await run({ ...common, deadlineMs, onStep });
  const findings: Finding[] = [...result.findings];
  if (wait && result.ok && !hasErrors(findings)) {
    for (const condition of ["ready", "deleted"] as const) {
      const targets = waitTargets(result.steps, condition);
      if (targets.length === 0) continue;
      try {
        const waited = await waitFor(target.client, targets, {
          ...common,
          deadlineMs: Math.max(1, deadline - clock.monotonic()),
          condition,
          onChange({ object, kind, reason }) {
            const state = kind === "waiting" ? "working" : kind;
            progress.update(`${prefix}${formatRef(object)}`, state, kind === "done" ? undefined : reason);
          },
        });
        findings.push(...waited.findings);
      } catch (error) {
        findings.push(errorFinding(error));
      }
    }
  }
  return { cluster: target.name, objects: result.steps.map(outcomeOf), writes: result.writes, findings };
}

function waitTargets(steps: readonly StepResult[], condition: WaitCondition) {
  return steps
    .filter(({ outcome }) =>
      condition === "ready" ? outcome !== "deleted" && outcome !== "refused" : outcome === "deleted",
    )
    .map(({ step: { object, resource } }) => ({ ...object, resource }));
}

function showStep(progress: Progress, prefix: string, { step, outcome, finding }: StepResult, wait: boolean): void {
  const name = `${prefix}${formatRef(step.object)}`;
  switch (outcome) {
    case "failed":
      return progress.update(name, "failed", finding?.message);
    case "skipped":
    case "refused":
      return progress.update(name, "waiting", step.reason ?? outcome);
    case "unchanged":
      return undefined;
    default:
      return progress.update(name, wait ? "working" : "done", outcome);
  }
}
