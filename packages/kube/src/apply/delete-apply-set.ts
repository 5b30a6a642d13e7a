import { formatRef, type Finding } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { systemClock } from "../clock.ts";
import { refTo } from "../resource.ts";
import type { ApplyPlan, ApplySetOptions } from "./apply-set.ts";
import { applyFinding } from "./findings.ts";
import type { ObserveOptions } from "./observe.ts";
import { planFor } from "./plan-for.ts";
import { runApply, type RunOptions, type RunResult } from "./run-apply.ts";
import { parentWriter } from "./write-parent.ts";

export interface DeleteResult extends RunResult {
  /** `kept`: members are left that must not be deleted, or the parent is somebody's declaration. */
  readonly parent: "deleted" | "kept" | "absent";
}

/** What deleting the whole set takes, for `deleteApplySet` and for showing it before. Throws a KubeError. */
export async function planDeletion(
  client: Client,
  options: ApplySetOptions,
  observing: ObserveOptions = {},
): Promise<ApplyPlan> {
  const plan = asDeletion(await planFor(client, [], { ...options, prune: true }, observing));
  if (plan.parent.observed !== undefined) return plan;
  // Without the parent nobody knows which kinds to look at.
  const ref = refTo(options.parent.resource, options.parent.key);
  const findings: Finding[] =
    options.parent.declared === true ? plan.findings.filter(({ code }) => code !== "FL706") : [...plan.findings];
  if (plan.steps.length === 0 && options.parent.declared !== true) {
    const message = `there is no apply set ${formatRef(ref)}`;
    findings.push(applyFinding("FL706", { message, object: ref, severity: "info" }));
  }
  return { ...plan, findings };
}

/**
 * Nothing is added, so the parent need not be widened; and it is shrunk only if it stays. Where an apply leaves the
 * pruning for later, a deletion has failed: what could not be read is still there.
 */
function asDeletion(plan: ApplyPlan): ApplyPlan {
  const { before: _, after: __, ...parent } = plan.parent;
  const findings = plan.findings.map((finding): Finding =>
    finding.code === "FL708" ? { ...finding, severity: "error" } : finding,
  );
  return { ...plan, parent, findings };
}

/**
 * Deletes every member of a set in the opposite order of applying, then the parent: what is left of a killed run is
 * found and deleted by the next. A declared parent only loses the set's label and annotations. What needs an opt-in and
 * has none stays, and the parent with it.
 */
export async function deleteApplySet(
  client: Client,
  options: ApplySetOptions,
  run: RunOptions & ObserveOptions = {},
): Promise<DeleteResult> {
  return runDeletion(client, await planDeletion(client, options, run), run);
}

const neverAborted = new AbortController().signal;

/** As `deleteApplySet`, of a plan that was made: what has become a member since then stays. */
export async function runDeletion(client: Client, plan: ApplyPlan, run: RunOptions = {}): Promise<DeleteResult> {
  const result = await runApply(client, plan, run);
  const { observed } = plan.parent;
  if (observed === undefined) return { ...result, parent: "absent" };
  const isEmpty = plan.steps.every(({ kind }) => kind === "delete") && plan.options.complete;
  if (!result.ok || !isEmpty) return { ...result, parent: "kept" };
  let writes = result.writes;
  const { signal = neverAborted, clock = systemClock } = run;
  const writer = parentWriter({ client, plan, signal, clock, wrote: () => void writes++ });
  const { outcome, findings } = await writer.remove();
  return { ...result, ok: findings.length === 0, writes, parent: outcome, findings: [...result.findings, ...findings] };
}
