import { isError, refKey, refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import {
  compareObjects,
  isNoop,
  planApply,
  runApply,
  type ApplyPlan,
  type ApplySetOptions,
  type Client,
  type ResourceLookup,
} from "@fairlead/kube";
import type { Clock } from "@fairlead/apimachinery";
import { keyOf } from "./view.ts";

export const fieldManager = "fairlead/workloads";

export interface ApplyInput {
  readonly declaration: KrmObject;
  readonly desired: readonly KrmObject[];
  /** The members of its set that are observed. */
  readonly members: readonly KrmObject[];
  readonly resources: ResourceLookup;
  readonly options: ApplySetOptions;
}

export interface Applied {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly writes: number;
  readonly created: number;
  readonly changed: number;
  readonly deleted: number;
  /** The desired objects as they are now, in the order for applying; what is not there is missing. */
  readonly objects: readonly { readonly ref: ObjectRef; readonly object: KrmObject | undefined }[];
  /** Superfluous members that were not deleted because the view is incomplete. */
  readonly postponed: number;
}

const concurrency = 4;
const readMs = 10_000;
const runMs = 60_000;

/** Makes the cluster hold what a declaration wants, by what informers have seen: nothing is read that they know. */
export async function applyDesired(
  client: Client,
  input: ApplyInput,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Applied> {
  const { declaration, desired, members, resources, options } = input;
  const known = new Set(members.map((member) => refKey(refOf(member))));
  const unknown = desired.filter((object) => !known.has(refKey(refOf(object))));
  // What is not a member yet may be somebody else's: each is asked for once, before it is made.
  const observed = await Promise.all(
    unknown.map(async (object) => {
      const resource = resources(object);
      if (resource === undefined) return undefined;
      return client.find(resource, keyOf(refOf(object)), { signal, deadlineMs: readMs });
    }),
  );
  const compare = await compareObjects(client, desired, options.fieldManager);
  const drifted = new Set<string>();
  const planned = planApply({
    desired,
    observed: observed.filter((object) => object !== undefined),
    members,
    parent: declaration,
    resources,
    compare(wanted, found, resource) {
      const comparison = compare(wanted, found, resource);
      const key = refKey(refOf(wanted));
      if (comparison.conflicts.length === 0 || !known.has(key)) return comparison;
      drifted.add(key);
      return { ...comparison, conflicts: [] };
    },
    options,
  });
  // What the declaration says of its own objects holds, whoever wrote over it; what it does not say is anybody's.
  const steps = planned.steps.map((step) => (drifted.has(refKey(step.object)) ? { ...step, force: true } : step));
  const plan: ApplyPlan = { ...planned, steps };
  const postponed = options.complete
    ? 0
    : plan.steps.filter(({ kind, desired: wanted }) => kind === "refused" && wanted === undefined).length;
  if (isNoop(plan)) return { ...nothingDone(plan), postponed };
  const run = await runApply(client, plan, { signal, clock, concurrency, deadlineMs: runMs });
  const count = (outcome: string) => run.steps.filter((step) => step.outcome === outcome).length;
  return {
    ok: run.ok,
    findings: run.findings,
    writes: run.writes,
    created: count("created"),
    changed: count("changed"),
    deleted: count("deleted"),
    objects: run.steps
      .filter(({ step }) => step.desired !== undefined)
      .map(({ step, object }) => ({ ref: step.object, object: object ?? step.observed })),
    postponed,
  };
}

function nothingDone(plan: ApplyPlan): Omit<Applied, "postponed"> {
  return {
    ok: !plan.findings.some(isError),
    findings: plan.findings,
    writes: 0,
    created: 0,
    changed: 0,
    deleted: 0,
    objects: plan.steps
      .filter(({ desired }) => desired !== undefined)
      .map(({ object, observed }) => ({ ref: object, object: observed })),
  };
}
