import { findingsToJson, formatRef, hasErrors, refKey, type Finding } from "@fairlead/krm";
import type { ApplyPlan, ApplySetDiff, ApplyStep, StepResult } from "@fairlead/kube";
import { exitCode, type CliContext } from "../context.ts";
import { report } from "../report.ts";

/** What became of one object: a step's outcome, or of a dry run what would become of it. */
export interface ObjectOutcome {
  readonly object: ApplyStep["object"];
  readonly outcome: string;
  readonly reason?: string;
}

/** What a command did in one cluster. */
export interface ClusterOutcome {
  readonly cluster: string;
  readonly objects: readonly ObjectOutcome[];
  /** Requests that changed something. */
  readonly writes: number;
  readonly findings: readonly Finding[];
}

export function outcomeOf({ step, outcome, finding }: StepResult): ObjectOutcome {
  const reason = finding?.message ?? step.reason;
  return { object: step.object, outcome, ...(reason === undefined ? {} : { reason }) };
}

const planned = {
  create: "created",
  update: "changed",
  delete: "deleted",
  unchanged: "unchanged",
  conflict: "in conflict",
  refused: "refused",
} as const;

/** What a plan would do, in the words of what it does. */
export function plannedOutcomes({ steps }: Pick<ApplyPlan, "steps">): ObjectOutcome[] {
  return steps.map(({ kind, object, reason }) => ({
    object,
    outcome: planned[kind],
    ...(reason === undefined ? {} : { reason }),
  }));
}

/** What a plan would do as the server says: what its dry run does not change is as it should be. */
export function dryOutcomes({ plan, objects }: Pick<ApplySetDiff, "plan" | "objects">): ObjectOutcome[] {
  const touched = new Set(objects.map(({ step }) => refKey(step.object)));
  const steps = plan.steps.map(({ reason, ...step }): ApplyStep => {
    if (step.kind === "update" && !touched.has(refKey(step.object))) return { ...step, kind: "unchanged" };
    return reason === undefined ? step : { ...step, reason };
  });
  return plannedOutcomes({ steps });
}

/** What a plan says that is not carried out because of what it found. */
export function notDone({ steps }: Pick<ApplyPlan, "steps">): ObjectOutcome[] {
  return steps.map(({ object }) => ({ object, outcome: "skipped" }));
}

export interface PrintOptions {
  readonly output: "text" | "json";
  /** Nothing was done. */
  readonly dryRun: boolean;
  readonly quiet: boolean;
}

/** What programs read when there is nothing to do anything with: the input or the access has errors. */
export function printNothingDone(
  context: CliContext,
  findings: readonly Finding[],
  { output, dryRun }: Pick<PrintOptions, "output" | "dryRun">,
): void {
  if (output !== "json") return;
  const document = { schemaVersion: 1, dryRun, clusters: [], findings: findingsToJson(findings).findings };
  context.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** The findings of all clusters, each with the name of its cluster where there are several. */
export function findingsOf(outcomes: readonly Pick<ClusterOutcome, "cluster" | "findings">[]): Finding[] {
  return outcomes.flatMap(({ cluster, findings }) =>
    findings.map((finding) =>
      outcomes.length < 2 || finding.message.startsWith(`${cluster}: `)
        ? finding
        : { ...finding, message: `${cluster}: ${finding.message}` },
    ),
  );
}

/**
 * Findings go to stderr and set the exit code; the outcome goes to stdout, for machines whatever it is. Who interrupts
 * before all is done gets the exit code of that.
 */
export function printOutcomes(
  context: CliContext,
  outcomes: readonly ClusterOutcome[],
  { output, dryRun, quiet }: PrintOptions,
): void {
  const failed = report(context, findingsOf(outcomes), [], quiet);
  if (failed && context.interrupted?.().aborted === true) context.process.exitCode = exitCode.interrupted;
  if (output === "json") {
    const clusters = outcomes.map(({ findings, ...rest }) => ({ ...rest, ok: !hasErrors(findings), findings }));
    context.process.stdout.write(`${JSON.stringify({ schemaVersion: 1, dryRun, clusters }, null, 2)}\n`);
    return;
  }
  for (const one of outcomes) {
    const where = outcomes.length > 1 ? `${one.cluster}: ` : "";
    if (dryRun) {
      for (const { object, outcome, reason } of one.objects) {
        if (outcome === "unchanged") continue;
        const why = reason === undefined ? "" : ` (${reason})`;
        context.process.stdout.write(`${where}would be ${outcome}: ${formatRef(object)}${why}\n`);
      }
    }
    context.process.stdout.write(`${where}${summary(one.objects)}${dryRun ? " (dry run)" : ""}\n`);
  }
}

/** `2 created, 1 changed, 5 unchanged`. */
function summary(objects: readonly ObjectOutcome[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of objects) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const order = ["created", "changed", "deleted", "unchanged"];
  const place = (outcome: string): number => (order.indexOf(outcome) + order.length + 1) % (order.length + 1);
  return counts.size === 0
    ? "nothing to do"
    : [...counts]
        .sort(([a], [b]) => place(a) - place(b))
        .map(([outcome, count]) => `${count} ${outcome}`)
        .join(", ");
}
