import type { KrmObject } from "@fairlead/krm";
import { explicitApp } from "./app.ts";
import type { Attachment, Group, Left } from "./group.ts";
import { declarationFor } from "./metadata.ts";
import type { Render } from "./render.ts";
import { reproduce, type Reproduction } from "./reproduce.ts";
import { scalingProblem } from "./scaling.ts";
import { simplify } from "./simplify.ts";
import { explicitTask } from "./task.ts";

/** A group as a declaration that renders exactly its objects. */
export interface Assembled {
  readonly declaration: KrmObject;
  /** The objects that the declaration stands for. */
  readonly objects: readonly KrmObject[];
  /** Attachments that it could not take along. */
  readonly left: readonly Left[];
  /** Paths that a patch keeps. */
  readonly patched: readonly string[];
}

export type Assembly =
  | { readonly kind: "declaration"; readonly assembled: Assembled }
  | { readonly kind: "left"; readonly left: readonly Left[] };

/**
 * Finds a declaration for a group by proposing one, rendering it with the real planner and comparing. An attachment
 * that an App cannot say stays as it is; what the workload itself needs becomes a patch.
 */
export function assemble(group: Group, render: Render): Assembly {
  const { workload, declarationKind: kind } = group;
  const left: Left[] = [];
  const attempt = (taken: readonly Attachment[]): Reproduction => {
    const spec = kind === "App" ? explicitApp(group, taken) : explicitTask(group, taken);
    if (typeof spec === "string") return { kind: "failed", reason: spec, culprits: new Map() };
    return reproduce(kind, workload, taken, spec, render);
  };
  let attachments = oneOfEach(group, left);
  let result = attempt(attachments);
  while (result.kind === "failed" && result.culprits.size > 0) {
    const { culprits } = result;
    for (const [object, reason] of culprits) left.push({ object, reason });
    attachments = attachments.filter(({ object }) => !culprits.has(object));
    result = attempt(attachments);
  }
  if (result.kind === "failed" && attachments.length > 0) {
    // Nobody in particular is to blame: take the workload alone, and then each attachment that it still works with.
    const candidates = attachments;
    attachments = [];
    result = attempt(attachments);
    for (const one of result.kind === "exact" ? candidates : []) {
      const more: Reproduction = attempt([...attachments, one]);
      if (more.kind === "failed") {
        left.push({ object: one.object, reason: more.culprits.get(one.object) ?? more.reason });
        continue;
      }
      attachments = [...attachments, one];
      result = more;
    }
  }
  if (result.kind === "failed") {
    const told = new Set(left.map(({ object }) => object));
    const others = group.attachments.filter(({ object }) => !told.has(object));
    const reason = `${workload.kind} ${workload.metadata.name} stays as it is`;
    left.unshift({ object: workload, reason: result.reason });
    return { kind: "left", left: [...left, ...others.map(({ object }) => ({ object, reason }))] };
  }
  const declaration = declarationFor(kind, workload, simplify(result.spec, workload.metadata.name!, result.same));
  const objects = [workload, ...attachments.map(({ object }) => object)];
  return { kind: "declaration", assembled: { declaration, objects, left, patched: result.patched } };
}

/** An App has any number of Services, and one of everything else. */
function oneOfEach(group: Group, left: Left[]): readonly Attachment[] {
  const { workload } = group;
  const seen = new Set<string>();
  const scaled = group.attachments.filter((one) => {
    const problem = one.role === "autoscaler" ? scalingProblem(one.object) : undefined;
    if (problem !== undefined) left.push({ object: one.object, reason: problem });
    return problem === undefined;
  });
  return scaled.filter(({ role, object }) => {
    if (role === "service" || role === "authentication" || !seen.has(role)) {
      seen.add(role);
      return true;
    }
    left.push({ object, reason: `${workload.kind} ${workload.metadata.name} has another ${object.kind} already` });
    return false;
  });
}
