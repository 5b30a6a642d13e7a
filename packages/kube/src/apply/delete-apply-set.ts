import { formatRef, refKey, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { systemClock } from "../clock.ts";
import { refTo } from "../resource.ts";
import type { ApplyPlan, ApplySetOptions, ApplyStep } from "./apply-set.ts";
import { applyFinding } from "./findings.ts";
import type { ObserveOptions } from "./observe.ts";
import { planFor } from "./plan-for.ts";
import { partOfLabel } from "./plan/parent.ts";
import { destructionOf } from "./plan/plan-prune.ts";
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
 * pruning for later, a deletion has failed: what could not be read is still there. Nobody has taken anything out of
 * their files: the words are those of a deletion.
 */
function asDeletion(plan: ApplyPlan): ApplyPlan {
  const { before: _, after: __, ...parent } = plan.parent;
  const set = formatRef(refTo(parent.parent.resource, parent.parent.key));
  const observed = new Map(plan.steps.map((step) => [refKey(step.object), step.observed]));
  const findings = plan.findings.map((finding): Finding => {
    const { code, object } = finding;
    if (code === "FL708") return undeleted(finding, set, plan.steps);
    const found = code === "FL707" && object !== undefined ? observed.get(refKey(object)) : undefined;
    return found === undefined ? finding : keptBy(found, set, parent.parent.declared === true);
  });
  return { ...plan, parent, findings };
}

/** A member that is not deleted without an opt-in. */
function keptBy(member: KrmObject, set: string, declared: boolean): Finding {
  const object = refOf(member);
  const { step, effect } = destructionOf(member)!;
  const { kind, namespace, name } = object;
  const words = `${kind.toLowerCase()} ${name}${namespace === undefined ? "" : ` -n ${namespace}`}`;
  const alongside = declared ? "" : `, and so is its set ${set}`;
  return applyFinding("FL707", {
    message: `${formatRef(object)} is kept${alongside}: deleting it ${effect}`,
    object,
    hint: `Delete it too with --allow ${step}, or keep it without a set: kubectl label ${words} ${partOfLabel}-`,
  });
}

/** Of the finding that says what comes of an incomplete view; those that say why have their own. */
const usualHint = applyFinding("FL708", { message: "" }).hint;

/** Part of the set could not be read. */
function undeleted(finding: Finding, set: string, steps: readonly ApplyStep[]): Finding {
  if (finding.hint !== usualHint) return { ...finding, severity: "error" };
  const seen = steps.length === 1 ? "1 member was seen and stays" : `${steps.length} members were seen and stay`;
  const message = `nothing of the set ${set} is deleted, since part of it could not be read; ${seen}`;
  return { ...finding, message, hint: "Do what the other findings say, and delete again.", severity: "error" };
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
