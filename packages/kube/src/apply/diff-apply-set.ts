import { clone, diff, get, type Change } from "@fairlead/apimachinery";
import { formatRef, type Finding, type KrmObject } from "@fairlead/krm";
import type { CallOptions, Client } from "../client/client.ts";
import { isKubeError } from "../errors.ts";
import type { ApplyPlan, ApplySetOptions, ApplyStep } from "./apply-set.ts";
import { bounded } from "./bounded.ts";
import { applyFinding } from "./findings.ts";
import type { ObserveOptions } from "./observe.ts";
import { maskBoth, maskChanges } from "./plan/mask.ts";
import { planFor } from "./plan-for.ts";
import { isMissingNamespace, stepFinding } from "./step-finding.ts";
import { writing } from "./take-step.ts";

/** What one step does to its object, as the server says; values that may be secret are masked. */
export interface ObjectDiff {
  readonly step: ApplyStep;
  /** Without `managedFields`, `status` and what every write changes. Absent for what is created. */
  readonly before?: KrmObject;
  /** With the server's defaults. Absent for what is deleted. */
  readonly after?: KrmObject;
  readonly changes: readonly Change[];
  /** False: the server could not be asked yet (FL718), `after` is what was declared. */
  readonly fromServer: boolean;
}

export interface ApplySetDiff {
  readonly plan: ApplyPlan;
  /** Steps that create, update, delete or are in conflict, in the order of the plan. Others change nothing. */
  readonly objects: readonly ObjectDiff[];
  readonly findings: readonly Finding[];
}

/**
 * What `runApply` would change, without changing it: the plan, and for each object that it touches the server's dry run
 * of server-side apply. A step whose dry run changes nothing is left out: the server normalizes what the plan compares.
 * Throws a KubeError when the cluster cannot be read.
 */
export async function diffApplySet(
  client: Client,
  desired: readonly KrmObject[],
  options: ApplySetOptions,
  observing: ObserveOptions = {},
): Promise<ApplySetDiff> {
  return diffPlan(client, await planFor(client, desired, options, observing), observing);
}

/** As `diffApplySet`, of a plan that was made. */
export async function diffPlan(
  client: Client,
  plan: ApplyPlan,
  { concurrency = 16, ...call }: ObserveOptions = {},
): Promise<ApplySetDiff> {
  const findings: Finding[] = [];
  const touched = plan.steps.filter(({ kind }) => kind !== "unchanged" && kind !== "refused");
  const objects = await bounded(touched, concurrency, (step) => diffStep(client, plan, step, call, findings));
  return {
    plan,
    objects: objects.filter(({ step, changes }) => step.kind !== "update" || changes.length > 0),
    // In the order of the steps, whichever answered first.
    findings: [...plan.findings, ...inOrder(findings, plan)],
  };
}

function inOrder(findings: readonly Finding[], { steps }: ApplyPlan): Finding[] {
  const place = new Map(steps.map(({ object }, index) => [formatRef(object), index]));
  const at = ({ object }: Finding): number => (object === undefined ? -1 : (place.get(formatRef(object)) ?? -1));
  return findings.toSorted((a, b) => at(a) - at(b));
}

async function diffStep(
  client: Client,
  plan: ApplyPlan,
  step: ApplyStep,
  call: CallOptions,
  findings: Finding[],
): Promise<ObjectDiff> {
  const observed = step.kind === "create" ? undefined : step.observed;
  if (step.kind === "delete") return describe(step, observed, undefined, true);
  // Conflicts are in the plan; what would come of them is shown as if they were adopted.
  const force = step.force === true || step.kind === "conflict";
  try {
    const options = { ...call, ...writing(plan.options), force, dryRun: true };
    return describe(step, observed, await client.apply(step.resource, step.desired!, options), true);
  } catch (error) {
    if (isKubeError(error, "aborted", "connection", "deadline", "closed", "credentials")) throw error;
    if (step.kind !== "conflict") findings.push(notAskable(error, plan, step) ?? stepFinding(error, step.object));
    return describe(step, observed, merged(observed, step.desired!), false);
  }
}

/** Whether the server's refusal is only that something is missing which the same plan brings. */
function notAskable(error: unknown, plan: ApplyPlan, { object, resource }: ApplyStep): Finding | undefined {
  const creates = (test: (step: ApplyStep) => boolean): boolean =>
    plan.steps.some((step) => step.kind === "create" && test(step));
  const namespaceComes =
    isMissingNamespace(error) &&
    creates(({ object: { kind, name } }) => kind === "Namespace" && name === object.namespace);
  const kindComes =
    isKubeError(error, "not-found", "unknown-kind") &&
    creates(
      ({ phase, desired }) => phase === "crds" && get(get(get(desired, "spec"), "names"), "kind") === resource.kind,
    );
  if (!namespaceComes && !kindComes) return undefined;
  const what = namespaceComes ? `the namespace ${object.namespace}` : `the definition of ${resource.kind}`;
  const message = `${formatRef(object)} is shown as declared: ${what} is created first`;
  return applyFinding("FL718", { message, object });
}

/** Without the server there is nothing better than what was declared over what is there. */
function merged(observed: KrmObject | undefined, desired: KrmObject): KrmObject {
  if (observed === undefined) return desired;
  return { ...observed, ...desired, metadata: { ...observed.metadata, ...desired.metadata } };
}

function describe(
  step: ApplyStep,
  observed: KrmObject | undefined,
  result: KrmObject | undefined,
  fromServer: boolean,
): ObjectDiff {
  const [left, right] = [shown(observed), shown(result)];
  const changes = left === undefined || right === undefined ? [] : diff(left, right, undefined, { guessNames: true });
  const [before, after] = maskBoth(left, right);
  return {
    step: withoutSecrets(step),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    changes: maskChanges(changes, step.object.kind),
    fromServer,
  };
}

/** The step is handed to printers as well: it must not carry what the difference hides. */
function withoutSecrets({ desired, observed, ...step }: ApplyStep): ApplyStep {
  const [before, after] = maskBoth(observed, desired);
  return {
    ...step,
    ...(after === undefined ? {} : { desired: after }),
    ...(before === undefined ? {} : { observed: before }),
  };
}

const passing = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

/** The part of an object that its author decides. */
function shown(object: KrmObject | undefined): KrmObject | undefined {
  if (object === undefined) return undefined;
  const copy = clone(object);
  for (const key of passing) delete copy.metadata[key];
  delete copy["status"];
  return copy;
}
