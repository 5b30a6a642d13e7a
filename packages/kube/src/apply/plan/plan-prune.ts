import { get } from "@fairlead/apimachinery";
import { formatRef, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import type { ApplySetOptions, ApplyStep, DestructiveStep } from "../apply-set.ts";
import { applyFinding } from "../findings.ts";
import { isCrd, type ResourceLookup } from "./custom-resource.ts";
import { membership } from "./owners.ts";
import { isParent } from "./parent.ts";
import { compareRefs, groupKind, placeOf } from "./phase.ts";
import { isBeingDeleted } from "./plan-object.ts";

interface Context {
  readonly options: ApplySetOptions;
  readonly id: string;
  readonly resources: ResourceLookup;
}

export interface Destruction {
  /** The opt-in that it takes. */
  readonly step: DestructiveStep;
  /** What deleting it does, such as `deletes everything in it`. */
  readonly effect: string;
}

export interface Prune {
  /** The largest wave first. */
  readonly steps: readonly ApplyStep[];
  /** Members that stay although they are not desired. */
  readonly kept: readonly KrmObject[];
  readonly findings: readonly Finding[];
}

/** What becomes of the members that are no longer desired. */
export function planPrune(members: readonly KrmObject[], { options, id, resources }: Context): Prune {
  const steps: ApplyStep[] = [];
  const kept: KrmObject[] = [];
  const findings: Finding[] = [];
  // Whoever hands over something that is no member must not lose it.
  const superfluous = members
    .filter((object) => membership(object) === id && !isParent(options.parent, refOf(object)))
    .filter((object) => !isBeingDeleted(object))
    .sort((a, b) => compareRefs(refOf(b), refOf(a)));

  if (!options.prune) return { steps, kept: superfluous, findings };
  if (!options.complete && superfluous.length > 0) findings.push(incomplete(superfluous));
  for (const observed of superfluous) {
    const object = refOf(observed);
    const resource = resources(object);
    // Its kind went away between reading and planning, and the object with it.
    if (resource === undefined) continue;
    const base = { ...placeOf(object), object, resource, observed };
    if (!options.complete) {
      kept.push(observed);
      steps.push({ kind: "refused", ...base, reason: "it is no longer declared, but the view is incomplete" });
      continue;
    }
    const danger = destructionOf(observed);
    if (danger === undefined || (options.allow ?? []).includes(danger.step)) {
      steps.push({ kind: "delete", ...base, reason: "it is no longer declared" });
      continue;
    }
    kept.push(observed);
    steps.push({ kind: "refused", ...base, reason: `${danger.effect}, which is not allowed (${danger.step})` });
    const message = `${formatRef(object)} is no longer declared, and is kept: deleting it ${danger.effect}`;
    findings.push(
      applyFinding("FL707", { message, object, hint: `Allow it with --allow ${danger.step}, or declare it again.` }),
    );
  }
  return { steps, kept, findings };
}

function incomplete(superfluous: readonly KrmObject[]): Finding {
  const [first] = superfluous;
  const more = superfluous.length > 1 ? ` and ${superfluous.length - 1} more` : "";
  const verb = superfluous.length > 1 ? "are" : "is";
  const message = `${formatRef(refOf(first!))}${more} ${verb} not declared, and kept because the view is incomplete`;
  return applyFinding("FL708", { message });
}

/** What is lost when an object is deleted, if anything is that applying it again does not bring back. */
export function destructionOf(object: KrmObject): Destruction | undefined {
  const spec = get(object, "spec");
  if (isCrd(object)) return { step: "delete-crd", effect: "deletes every object of its kind" };
  switch (groupKind(object)) {
    case "Namespace":
      return { step: "delete-namespace", effect: "deletes everything in it" };
    case "PersistentVolumeClaim":
      return { step: "delete-volume-claim", effect: "deletes what is stored in its volume" };
    case "PersistentVolume":
      return get(spec, "persistentVolumeReclaimPolicy") === "Retain"
        ? undefined
        : { step: "delete-volume-claim", effect: "deletes what is stored in it" };
    case "StatefulSet.apps":
      return get(get(spec, "persistentVolumeClaimRetentionPolicy"), "whenDeleted") === "Delete"
        ? { step: "delete-volume-claim", effect: "deletes its volume claims and what is stored there" }
        : undefined;
    default:
      return undefined;
  }
}
