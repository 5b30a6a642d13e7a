import { formatRef, type Finding, type KrmObject } from "@fairlead/krm";
import { refTo } from "../../resource.ts";
import type { ApplySetOptions, ParentPlan } from "../apply-set.ts";
import { applyFinding } from "../findings.ts";
import { ownersOf } from "./owners.ts";
import {
  applySetId,
  parentManager,
  parentObject,
  parentState,
  saysTheSame,
  sorted,
  toolName,
  type Extent,
} from "./parent.ts";

export interface ParentInput {
  readonly options: ApplySetOptions;
  readonly observed: KrmObject | undefined;
  /** Where members are or will be. */
  readonly known: Extent;
  /** Where members are when the plan is carried out. */
  readonly left: Extent;
}

/**
 * The parent is written twice at most: before the first member, naming old and new kinds and namespaces, so that
 * nothing a killed run has made can be overlooked; and after the last deletion, naming what is left. Neither is
 * written when the parent says so already.
 */
export function planParent({ options, observed, known, left }: ParentInput): { plan: ParentPlan; findings: Finding[] } {
  const { parent, tooling } = options;
  const state = observed === undefined ? undefined : parentState(observed);
  const make = (extent: Extent): KrmObject => parentObject(parent, tooling, extent);
  const superset = make({
    kinds: sorted([...known.kinds, ...left.kinds, ...(state?.kinds ?? [])]),
    namespaces: sorted([...known.namespaces, ...left.namespaces, ...(state?.namespaces ?? [])]),
  });
  const final = make(left);
  const base = {
    parent,
    id: applySetId(parent),
    fieldManager: parentManager(tooling),
    ...(observed === undefined ? {} : { observed }),
  };
  const before = observed !== undefined && saysTheSame(observed, superset) ? {} : { before: superset };
  const after = saysTheSame(superset, final) ? {} : { after: final };
  return { plan: { ...base, ...before, ...after }, findings: judgeParent(options, observed) };
}

/** Whether the parent that was found may stand for this set. */
export function judgeParent(options: ApplySetOptions, observed: KrmObject | undefined): Finding[] {
  const { parent, adopt } = options;
  const ref = refTo(parent.resource, parent.key);
  const name = formatRef(ref);
  const tool = toolName(options.tooling);
  if (observed === undefined) {
    if (parent.declared !== true) return [];
    return [
      applyFinding("FL706", { message: `${name} does not exist, and is to stand for an apply set`, object: ref }),
    ];
  }
  const { id, tooling } = parentState(observed);
  const verdict = (code: "FL705" | "FL706", text: string): Finding[] => {
    if (!adopt) return [applyFinding(code, { message: `${name} ${text}`, object: ref })];
    return [applyFinding("FL719", { message: `${name}, which ${text}, is taken over`, object: ref })];
  };
  if (tooling !== undefined && toolName(tooling) !== tool) {
    return verdict("FL705", `is an apply set of ${tooling}, not of ${tool}`);
  }
  // A declaration is not a parent before its first apply, and its copy carries the original's label.
  if (parent.declared === true) return [];
  if (tooling === undefined) {
    const owners = ownersOf(observed);
    return verdict("FL706", `exists and is no apply set${owners.length === 0 ? "" : ` (${owners.join(", ")})`}`);
  }
  if (id !== applySetId(parent)) return verdict("FL706", `is labelled with the id of another apply set`);
  return [];
}
