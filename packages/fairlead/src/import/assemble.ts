import type { JsonObject } from "@fairlead/apimachinery";
import { refKey, refOf, type KrmObject } from "@fairlead/krm";
import { explicitApp } from "./app.ts";
import { differingPaths, leaves, patchBetween, type ListStyle } from "./difference.ts";
import { normalForm, normalText } from "./equivalent.ts";
import type { Attachment, Group, Left } from "./group.ts";
import { declarationFor } from "./metadata.ts";
import type { Render } from "./render.ts";
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

/** A patch of an attachment that is longer than this says less than the object itself. */
const longestAttachmentPatch = 4;

/**
 * Finds a declaration for a group by proposing one, rendering it with the real planner and comparing. What an
 * attachment needs and the App cannot say leaves it out; what the workload needs becomes a patch.
 */
export function assemble(group: Group, render: Render): Assembly {
  const { workload, declarationKind: kind } = group;
  const left: Left[] = [];
  let attachments = [...group.attachments];
  for (const role of ["account", "autoscaler", "budget", "monitor"] as const) {
    const [, ...more] = attachments.filter((one) => one.role === role);
    for (const one of more)
      left.push({
        object: one.object,
        reason: `${workload.kind} ${workload.metadata.name} has another ${one.object.kind} already`,
      });
    attachments = attachments.filter((one) => !more.includes(one));
  }
  for (;;) {
    const result = attempt(group, attachments, render);
    if (result.kind === "done") return { kind: "declaration", assembled: { ...result.assembled, left } };
    const culprits = attachments.filter(({ object }) => result.culprits.has(object));
    if (culprits.length === 0) {
      // Something about the attachments together may be in the way: without them the workload may still do.
      if (attachments.length === 0)
        return {
          kind: "left",
          left: [
            { object: workload, reason: result.reason },
            ...left,
            ...group.attachments
              .filter(({ object }) => !left.some((one) => one.object === object))
              .map(({ object }) => ({ object, reason: `${workload.kind} ${workload.metadata.name} stays as it is` })),
          ],
        };
      const last = attachments.at(-1)!;
      left.push({ object: last.object, reason: result.reason });
      attachments = attachments.slice(0, -1);
      continue;
    }
    for (const { object } of culprits) left.push({ object, reason: result.culprits.get(object)! });
    attachments = attachments.filter((one) => !culprits.includes(one));
  }

  function attempt(of: Group, taken: readonly Attachment[], renderOne: Render): Attempt {
    const spec = kind === "App" ? explicitApp(of, taken) : explicitTask(of, taken);
    const none = new Map<KrmObject, string>();
    if (typeof spec === "string") {
      const autoscaler = taken.find(({ role }) => role === "autoscaler");
      const about =
        autoscaler !== undefined && spec.startsWith("the autoscaler")
          ? new Map([[autoscaler.object, spec.replace("the autoscaler", "it")]])
          : none;
      return { kind: "failed", reason: spec, culprits: about };
    }
    return reproduce(of, taken, spec, renderOne);
  }
}

type Attempt =
  | { readonly kind: "done"; readonly assembled: Omit<Assembled, "left"> }
  | { readonly kind: "failed"; readonly reason: string; readonly culprits: ReadonlyMap<KrmObject, string> };

function reproduce(group: Group, attachments: readonly Attachment[], spec: JsonObject, render: Render): Attempt {
  const { workload } = group;
  const objects = [workload, ...attachments.map(({ object }) => object)];
  const claimed = new Set(objects.map((object) => refKey(refOf(object))));
  const wanted = new Map(objects.map((object) => [refKey(refOf(object)), normalText(object)]));
  const declare = (candidate: JsonObject) => declarationFor(group.declarationKind, workload, candidate);
  const same = (candidate: JsonObject): boolean => {
    const rendered = render(declare(candidate), claimed);
    if (rendered.kind === "problem" || rendered.objects.length !== wanted.size) return false;
    return rendered.objects.every((object) => wanted.get(refKey(refOf(object))) === normalText(object));
  };
  const none = new Map<KrmObject, string>();
  const first = render(declare(spec), claimed);
  if (first.kind === "problem") return { kind: "failed", reason: first.problem, culprits: none };
  const made = new Map(first.objects.map((object) => [refKey(refOf(object)), object]));
  const extra = first.objects.find((object) => !wanted.has(refKey(refOf(object))));
  if (extra !== undefined)
    return {
      kind: "failed",
      reason: `it would get a ${extra.kind} ${extra.metadata.name} that it does not have`,
      culprits: none,
    };
  const culprits = new Map<KrmObject, string>();
  for (const object of objects.slice(1)) {
    if (!made.has(refKey(refOf(object))))
      culprits.set(object, `an App does not make a ${object.kind} of this name and version`);
  }
  if (!made.has(refKey(refOf(workload))))
    return { kind: "failed", reason: "an App does not make it under this version", culprits: none };
  const patched: string[] = [];
  const patches = { merge: [] as JsonObject[], replace: [] as JsonObject[] };
  for (const object of objects) {
    const rendered = made.get(refKey(refOf(object)));
    if (rendered === undefined) continue;
    const [from, to] = [normalForm(rendered), normalForm(object)];
    const patch = patchBetween(from, to, "merge");
    if (patch === undefined) continue;
    const paths = differingPaths(from, to);
    if (object !== workload && leaves(patch) > longestAttachmentPatch)
      culprits.set(object, `it has what an App cannot say: ${paths.join(", ")}`);
    patched.push(...paths.map((path) => `${object.kind} ${path}`));
    const target = { kind: object.kind, name: object.metadata.name! };
    for (const style of ["merge", "replace"] as const satisfies readonly ListStyle[])
      patches[style].push({ target, patch: patchBetween(from, to, style)! });
  }
  if (culprits.size > 0) return { kind: "failed", reason: "", culprits };
  const candidates =
    patched.length === 0
      ? [spec]
      : [
          { ...spec, patches: patches.merge },
          { ...spec, patches: patches.replace },
        ];
  const exact = candidates.find(same);
  if (exact === undefined) {
    const others = patched.filter((path) => !path.startsWith(`${workload.kind} `));
    const blamed = objects.slice(1).filter((object) => others.some((path) => path.startsWith(`${object.kind} `)));
    return {
      kind: "failed",
      reason: `it has what ${group.declarationKind === "App" ? "an App" : "a Task"} cannot say: ${patched.slice(0, 5).join(", ")}`,
      culprits: new Map(blamed.map((object) => [object, `it has what an App cannot say: ${others.join(", ")}`])),
    };
  }
  return { kind: "done", assembled: { declaration: declare(simplify(exact, same)), objects, patched } };
}
