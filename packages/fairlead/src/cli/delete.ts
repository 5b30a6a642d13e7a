import { formatRef, hasErrors, refKey, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { deleteApplySet, planDeletion, runApply, systemClock, type ApplyPlan } from "@fairlead/kube";
import { timeoutUnlessTold } from "./apply.ts";
import { checkSet, setOptions } from "./cluster/apply-set.ts";
import { carryOut } from "./cluster/carry-out.ts";
import { durationOf } from "./cluster/duration.ts";
import { errorFinding } from "./cluster/error-finding.ts";
import { clusterFinding } from "./cluster/findings.ts";
import { notDone, plannedOutcomes, printOutcomes, type ClusterOutcome } from "./cluster/outcome.ts";
import { withTargets, type Target } from "./cluster/targets.ts";
import { exitCode, type CliContext } from "./context.ts";
import type { DeleteFlags } from "./delete.command.ts";
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
  let objects: readonly KrmObject[] | undefined;
  if (flags.file !== undefined) {
    const { files, compiled } = await load(this, { ...flags, file: flags.file });
    if (report(this, compiled.findings, files, flags.quiet === true)) return;
    objects = objectsOf(compiled);
  }
  await withTargets(this, flags, async (targets) => {
    const progress = startProgress(this, this.clock ?? systemClock);
    let outcomes: readonly ClusterOutcome[];
    try {
      outcomes = await Promise.all(
        targets.map((target) =>
          deleteFrom(this, target, objects, flags, {
            progress,
            deadlineMs,
            prefix: targets.length > 1 ? `${target.name}: ` : "",
          }),
        ),
      );
    } finally {
      progress.end();
    }
    printOutcomes(this, outcomes, {
      output: flags.output,
      dryRun: flags.dryRun !== undefined,
      quiet: flags.quiet === true,
    });
  });
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
  readonly deadlineMs: number;
  readonly prefix: string;
}

async function deleteFrom(
  context: CliContext,
  target: Target,
  objects: readonly KrmObject[] | undefined,
  flags: DeleteFlags,
  { progress, deadlineMs, prefix }: DeleteFrom,
): Promise<ClusterOutcome> {
  const { client, access, name } = target;
  const options = setOptions({ ...flags, prune: true }, access.namespace);
  try {
    const whole = await planDeletion(client, options);
    const plan = objects === undefined ? whole : only(whole, objects, access.namespace);
    if (flags.dryRun !== undefined) {
      // Why something goes needs no words here: somebody asks for it.
      const steps = plan.steps.map(({ reason, ...step }) =>
        step.kind === "delete" || reason === undefined ? step : { ...step, reason },
      );
      return { cluster: name, objects: plannedOutcomes({ steps }), writes: 0, findings: plan.findings };
    }
    if (hasErrors(plan.findings)) return { cluster: name, objects: notDone(plan), writes: 0, findings: plan.findings };
    // The last member takes the parent along.
    const all = plan.steps.length === whole.steps.length;
    return await carryOut(context, { target, prefix, progress, deadlineMs, wait: flags.wait }, (run) =>
      all ? deleteApplySet(client, options, run) : runApply(client, plan, run),
    );
  } catch (error) {
    return { cluster: name, objects: [], writes: 0, findings: [errorFinding(error)] };
  }
}

/** The part of a deletion that is about these objects; what is named and no member is a finding. */
function only(whole: ApplyPlan, objects: readonly KrmObject[], namespace: string): ApplyPlan {
  const members = new Map(whole.steps.map((step) => [refKey(step.object), step]));
  const named = new Set<string>();
  const findings: Finding[] = [];
  for (const object of objects) {
    const ref = refOf(object);
    const key = [refKey(ref), refKey({ ...ref, namespace })].find((one) => members.has(one));
    if (key !== undefined) named.add(key);
    else {
      const message = `${formatRef(ref)} is no member of the set ${formatRef({ ...ref, kind: "ConfigMap", ...whole.parent.parent.key })}`;
      findings.push(clusterFinding("FL772", { message, object: ref }));
    }
  }
  const steps = whole.steps.filter(({ object }) => named.has(refKey(object)));
  return { ...whole, steps, findings: [...whole.findings, ...findings] };
}
