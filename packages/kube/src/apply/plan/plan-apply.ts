import { compareText } from "@fairlead/apimachinery";
import { formatRef, isError, refKey, refOf, sortFindings, type Finding, type KrmObject } from "@fairlead/krm";
import type { ApplyPlan, ApplySetOptions, ApplyStep, ParentPlan } from "../apply-set.ts";
import { applyFinding } from "../findings.ts";
import { type Compare, type NamespaceState, planObject } from "./plan-object.ts";
import { withCustomResources, type ResourceLookup } from "./custom-resource.ts";
import { declarations, type Declared } from "./declarations.ts";
import { membership, type KnownSet } from "./owners.ts";
import { applySetId, extentOf, type Extent, isParent, joined, sorted } from "./parent.ts";
import { compareRefs, groupKind } from "./phase.ts";
import { planParent } from "./plan-parent.ts";
import { planPrune } from "./plan-prune.ts";

/** What was seen of the cluster, and what is wanted. */
export interface PlanInput {
  readonly desired: readonly KrmObject[];
  /** Those of the desired objects that exist. Members among them may be missing here. */
  readonly observed: readonly KrmObject[];
  /** Everything that carries the label of this set. */
  readonly members: readonly KrmObject[];
  readonly parent?: KrmObject;
  readonly resources: ResourceLookup;
  /** Compares a desired object with the one observed, for the set's field manager. */
  readonly compare: Compare;
  readonly options: ApplySetOptions;
  /** Other sets, by id: for messages. */
  readonly sets?: ReadonlyMap<string, KnownSet>;
  /** Namespaces that were looked at; one that is missing here is taken to be there. */
  readonly namespaces?: ReadonlyMap<string, NamespaceState>;
}

/**
 * What has to be done for the cluster to hold what is desired. Pure: the order of the inputs does not matter, and the
 * plan of a cluster in which a plan was carried out has nothing but `unchanged` and `refused` steps.
 *
 * A plan with an error among its findings must not be carried out; `runApply` refuses it whole.
 */
export function planApply(input: PlanInput): ApplyPlan {
  const { options } = input;
  const id = applySetId(options.parent);
  const resources = withCustomResources(input.resources, input.desired);
  const found = declarations(input.desired, { resources, options, id });
  const findings: Finding[] = [...found.findings];

  const observed = new Map<string, KrmObject>();
  const members = input.members.filter((object) => membership(object) === id);
  for (const object of [...input.members, ...input.observed]) observed.set(refKey(refOf(object)), object);

  const context = {
    options,
    id,
    compare: input.compare,
    sets: input.sets ?? new Map<string, KnownSet>(),
    namespaces: input.namespaces ?? new Map<string, NamespaceState>(),
  };
  const steps: ApplyStep[] = [];
  for (const declared of found.objects) {
    const planned = planObject(declared, observed.get(refKey(declared.ref)), context);
    steps.push(planned.step);
    findings.push(...planned.findings);
  }
  findings.push(...missingNamespaces(found.objects, input));

  const wanted = new Set(found.keys);
  // One object may be served by two groups.
  const uids = new Set(
    [...observed].filter(([key]) => wanted.has(key)).flatMap(([, { metadata }]) => metadata["uid"] ?? []),
  );
  const superfluous = members.filter(
    (member) => !wanted.has(refKey(refOf(member))) && !uids.has(member.metadata["uid"] ?? ""),
  );
  const prune = planPrune(superfluous, { options, id, resources });
  steps.push(...prune.steps);
  findings.push(...prune.findings);

  const declared = placesOf(found.objects.map(({ desired }) => desired));
  const parent = planParent({
    options,
    observed: input.parent,
    known: joined(declared, placesOf(members)),
    left: leftover(declared, prune.kept, { ...input, members }),
  });
  findings.push(...parent.findings, ...parentAmongDesired(found.objects, parent.plan));
  return { options, parent: parent.plan, steps, findings: sortFindings(findings) };
}

/** What the set holds once the plan is carried out. Nothing is forgotten while the view is incomplete. */
function leftover(declared: Extent, kept: readonly KrmObject[], { options, parent, members }: PlanInput): Extent {
  const left = joined(declared, placesOf(kept));
  if (options.complete || parent === undefined) return left;
  return joined(joined(left, extentOf(parent)), placesOf(members));
}

/** Where objects are. */
function placesOf(objects: readonly KrmObject[]): Extent {
  const namespaces = objects.flatMap(({ metadata }) => metadata.namespace ?? []);
  return { kinds: sorted(objects.map(groupKind)), namespaces: sorted(namespaces) };
}

function parentAmongDesired(objects: readonly Declared[], { parent }: ParentPlan): Finding[] {
  if (parent.declared === true) return [];
  return objects
    .filter(({ ref }) => isParent(parent, ref))
    .map(({ ref }) =>
      applyFinding("FL706", {
        message: `${formatRef(ref)} is declared, and is the parent of its own set`,
        object: ref,
      }),
    );
}

/** A namespace that does not exist fails everything in it: better said before the first write. */
function missingNamespaces(objects: readonly Declared[], { namespaces, options }: PlanInput): Finding[] {
  const coming = new Set(objects.filter(({ ref }) => groupKind(ref) === "Namespace").map(({ ref }) => ref.name));
  const users = new Map<string, Declared>();
  for (const object of objects.toSorted((a, b) => compareRefs(a.ref, b.ref))) {
    const { namespace } = object.ref;
    if (namespace !== undefined && !users.has(namespace)) users.set(namespace, object);
  }
  const findings: Finding[] = [];
  const missing = (name: string, what: string): string | undefined => {
    const state = namespaces?.get(name) ?? "active";
    if (state === "active" || coming.has(name)) return undefined;
    return `${what} goes into the namespace ${name}, which ${state === "absent" ? "does not exist" : "is being deleted"}`;
  };
  for (const [name, { ref }] of [...users].sort(([a], [b]) => compareText(a, b))) {
    const message = missing(name, formatRef(ref));
    if (message !== undefined) findings.push(applyFinding("FL712", { message, object: ref }));
  }
  const { namespace } = options.parent.key;
  if (namespace !== undefined && !users.has(namespace) && objects.length > 0) {
    const message = missing(namespace, "the parent object of the set");
    if (message !== undefined) findings.push(applyFinding("FL712", { message }));
  }
  return findings;
}

/** Whether carrying out the plan would write anything. */
export function isNoop(plan: ApplyPlan): boolean {
  const { before, after } = plan.parent;
  return (
    before === undefined &&
    after === undefined &&
    plan.steps.every(({ kind }) => kind === "unchanged" || kind === "refused")
  );
}

/** The findings that forbid carrying out the plan. */
export function blockers(plan: ApplyPlan): readonly Finding[] {
  return plan.findings.filter(isError);
}
