import { hasErrors, type KrmObject } from "@fairlead/krm";
import { diffApplySet, planFor, runApply, systemClock } from "@fairlead/kube";
import type { ApplyFlags } from "./apply.command.ts";
import { checkSet, emptyFindings, setOptions } from "./cluster/apply-set.ts";
import { carryOut } from "./cluster/carry-out.ts";
import { startDeadline, type Deadline } from "./cluster/deadline.ts";
import { durationOf } from "./cluster/duration.ts";
import { errorFinding } from "./cluster/error-finding.ts";
import {
  dryOutcomes,
  notDone,
  plannedOutcomes,
  printNothingDone,
  printOutcomes,
  type ClusterOutcome,
} from "./cluster/outcome.ts";
import { withTargets, type Target } from "./cluster/targets.ts";
import { exitCode, type CliContext } from "./context.ts";
import { load } from "./load.ts";
import { startProgress, type Progress } from "./progress/progress.ts";
import { objectsOf } from "./render.ts";
import { refuse, report } from "./report.ts";

export const timeoutUnlessTold = "5m";

export async function apply(this: CliContext, flags: ApplyFlags): Promise<void> {
  const deadlineMs = durationOf("timeout", flags.timeout ?? timeoutUnlessTold);
  const misuse = typeof deadlineMs === "object" ? deadlineMs : checkSet(flags);
  if (typeof deadlineMs === "object" || misuse !== undefined) {
    refuse(this, misuse!);
    this.process.exitCode = exitCode.misuse;
    return;
  }
  const { files, compiled } = await load(this, flags);
  const findings = [...compiled.findings, ...emptyFindings(flags, { files, compiled })];
  const printing = { output: flags.output, dryRun: flags.dryRun !== undefined, quiet: flags.quiet === true };
  if (report(this, findings, files, printing.quiet)) return printNothingDone(this, findings, printing);
  const objects = objectsOf(compiled);
  const access = await withTargets(this, flags, async (targets) => {
    const progress = startProgress(this, this.clock ?? systemClock);
    const work = (target: Target) =>
      applyTo(this, target, objects, flags, {
        progress,
        deadline: startDeadline(this, deadlineMs),
        prefix: targets.length > 1 ? `${target.name}: ` : "",
      });
    let outcomes: readonly ClusterOutcome[];
    try {
      outcomes = await Promise.all(targets.map(work));
    } finally {
      progress.end();
    }
    printOutcomes(this, outcomes, printing);
  });
  if (hasErrors(access)) printNothingDone(this, access, printing);
}

interface ApplyTo {
  readonly progress: Progress;
  readonly deadline: Deadline;
  readonly prefix: string;
}

/** A cluster that does not answer keeps nothing from being applied to the others: what it says is its outcome. */
async function applyTo(
  context: CliContext,
  target: Target,
  objects: readonly KrmObject[],
  flags: ApplyFlags,
  { progress, deadline, prefix }: ApplyTo,
): Promise<ClusterOutcome> {
  const { client, access, name } = target;
  const options = setOptions(flags, access.namespace);
  try {
    if (flags.dryRun === "server") {
      const diff = await deadline.within(name, (signal) => diffApplySet(client, objects, options, { signal }));
      return { cluster: name, objects: dryOutcomes(diff), writes: 0, findings: diff.findings };
    }
    const plan = await deadline.within(name, (signal) => planFor(client, objects, options, { signal }));
    if (flags.dryRun === "client")
      return { cluster: name, objects: plannedOutcomes(plan), writes: 0, findings: plan.findings };
    if (hasErrors(plan.findings)) return { cluster: name, objects: notDone(plan), writes: 0, findings: plan.findings };
    return await carryOut(
      context,
      { target, prefix, progress, deadlineMs: deadline.leftMs(), wait: flags.wait },
      (run) => runApply(client, plan, run),
    );
  } catch (error) {
    return { cluster: name, objects: [], writes: 0, findings: [errorFinding(error)] };
  }
}
