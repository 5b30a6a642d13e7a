import { hasErrors, type Finding, type KrmObject } from "@fairlead/krm";
import { planDeletion, runApply, runDeletion, systemClock } from "@fairlead/kube";
import { timeoutUnlessTold } from "./apply.ts";
import { checkSet, setOptions } from "./cluster/apply-set.ts";
import { carryOut } from "./cluster/carry-out.ts";
import { startDeadline, type Deadline } from "./cluster/deadline.ts";
import { durationOf } from "./cluster/duration.ts";
import { errorFinding } from "./cluster/error-finding.ts";
import { clusterFinding } from "./cluster/findings.ts";
import { only, strangerFinding } from "./cluster/named-members.ts";
import { notDone, plannedOutcomes, printNothingDone, printOutcomes, type ClusterOutcome } from "./cluster/outcome.ts";
import { withTargets, type Target } from "./cluster/targets.ts";
import { exitCode, type CliContext } from "./context.ts";
import type { DeleteFlags } from "./delete.command.ts";
import { nothingFound } from "./findings.ts";
import { load } from "./load.ts";
import { startProgress, type Progress } from "./progress/progress.ts";
import { objectsOf } from "./render.ts";
import { refuse, report } from "./report.ts";

/** The command `delete`. */
export async function deleteObjects(this: CliContext, flags: DeleteFlags): Promise<void> {
  const deadlineMs = durationOf("timeout", flags.timeout ?? timeoutUnlessTold);
  const problem = typeof deadlineMs === "object" ? deadlineMs : (nothingNamed(flags) ?? checkSet(flags));
  if (typeof deadlineMs === "object" || problem !== undefined) {
    refuse(this, problem!);
    this.process.exitCode = exitCode.misuse;
    return;
  }
  const printing = { output: flags.output, dryRun: flags.dryRun !== undefined, quiet: flags.quiet === true };
  let objects: readonly KrmObject[] | undefined;
  if (flags.file !== undefined) {
    const { files, compiled } = await load(this, { ...flags, file: flags.file });
    const findings = [...compiled.findings, ...nothingFound(compiled, files)];
    if (report(this, findings, files, printing.quiet)) return printNothingDone(this, findings, printing);
    objects = objectsOf(compiled);
  }
  const access = await withTargets(this, flags, async (targets) => {
    const progress = startProgress(this, this.clock ?? systemClock);
    let outcomes: readonly ClusterOutcome[];
    try {
      outcomes = await Promise.all(
        targets.map((target) =>
          deleteFrom(this, target, objects, flags, {
            progress,
            deadline: startDeadline(this, deadlineMs),
            prefix: targets.length > 1 ? `${target.name}: ` : "",
          }),
        ),
      );
    } finally {
      progress.end();
    }
    printOutcomes(this, outcomes, printing);
  });
  if (hasErrors(access)) printNothingDone(this, access, printing);
}

function nothingNamed({ file, set }: DeleteFlags): Finding | undefined {
  if (file !== undefined || set !== undefined) return undefined;
  return clusterFinding("FL770", {
    message: "neither files nor a set are named",
    hint: "name files with -f, or the whole set with --set",
  });
}

interface DeleteFrom {
  readonly progress: Progress;
  readonly deadline: Deadline;
  readonly prefix: string;
}

async function deleteFrom(
  context: CliContext,
  target: Target,
  objects: readonly KrmObject[] | undefined,
  flags: DeleteFlags,
  { progress, deadline, prefix }: DeleteFrom,
): Promise<ClusterOutcome> {
  const { client, access, name } = target;
  const options = setOptions({ ...flags, prune: true }, access.namespace);
  try {
    const whole = await deadline.within(name, (signal) => planDeletion(client, options, { signal }));
    const { plan, strangers } =
      objects === undefined ? { plan: whole, strangers: [] } : only(whole, objects, access.namespace);
    const stay = await Promise.all(strangers.map((ref) => strangerFinding(client, ref, whole, access.namespace)));
    const finish = (outcome: ClusterOutcome): ClusterOutcome => ({
      ...outcome,
      findings: [...outcome.findings, ...stay],
    });
    if (flags.dryRun !== undefined) {
      // Why something goes needs no words here: somebody asks for it.
      const steps = plan.steps.map(({ reason, ...step }) =>
        step.kind === "delete" || reason === undefined ? step : { ...step, reason },
      );
      return finish({ cluster: name, objects: plannedOutcomes({ steps }), writes: 0, findings: plan.findings });
    }
    if (hasErrors(plan.findings)) {
      return finish({ cluster: name, objects: notDone(plan), writes: 0, findings: plan.findings });
    }
    // The last member takes the parent along.
    const all = plan.steps.length === whole.steps.length;
    const outcome = await carryOut(
      context,
      { target, prefix, progress, deadlineMs: deadline.leftMs(), wait: flags.wait },
      (run) => (all ? runDeletion(client, plan, run) : runApply(client, plan, run)),
    );
    return finish(outcome);
  } catch (error) {
    return { cluster: name, objects: [], writes: 0, findings: [errorFinding(error)] };
  }
}
