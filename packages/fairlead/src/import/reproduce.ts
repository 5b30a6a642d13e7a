import type { JsonObject } from "@fairlead/apimachinery";
import { refKey, refOf, type KrmObject } from "@fairlead/krm";
import { differingPaths, leaves, patchBetween, type ListStyle } from "./difference.ts";
import { normalForm, normalText } from "./equivalent.ts";
import type { Attachment } from "./group.ts";
import { declarationFor } from "./metadata.ts";
import type { Render } from "./render.ts";

/** A spec that renders exactly the objects, and the test that says whether another one does; or who is in the way. */
export type Reproduction =
  | {
      readonly kind: "exact";
      readonly spec: JsonObject;
      readonly same: (spec: JsonObject) => boolean;
      /** Paths that a patch keeps. */
      readonly patched: readonly string[];
    }
  | { readonly kind: "failed"; readonly reason: string; readonly culprits: ReadonlyMap<KrmObject, string> };

/** A patch of an attachment that is longer than this says less than the object itself. */
const longestAttachmentPatch = 4;

/** Renders a proposal and keeps what still differs in patches. */
export function reproduce(
  kind: "App" | "Task",
  workload: KrmObject,
  attachments: readonly Attachment[],
  spec: JsonObject,
  render: Render,
): Reproduction {
  const objects = [workload, ...attachments.map(({ object }) => object)];
  const claimed = new Set(objects.map(keyOf));
  const wanted = new Map(objects.map((object) => [keyOf(object), normalText(object)]));
  const declare = (candidate: JsonObject) => declarationFor(kind, workload, candidate);
  const same = (candidate: JsonObject): boolean => {
    const rendered = render(declare(candidate), claimed);
    if (rendered.kind === "problem" || rendered.objects.length !== wanted.size) return false;
    return rendered.objects.every((object) => wanted.get(keyOf(object)) === normalText(object));
  };
  const first = render(declare(spec), claimed);
  if (first.kind === "problem") return failed(first.problem);
  const extra = first.objects.find((object) => !wanted.has(keyOf(object)));
  if (extra !== undefined) return failed(`it would get a ${extra.kind} ${extra.metadata.name} that it does not have`);
  const made = new Map(first.objects.map((object) => [keyOf(object), object]));
  if (!made.has(keyOf(workload))) return failed(`${article(kind)} does not make it under this version`);

  const culprits = new Map<KrmObject, string>();
  const patches: Record<ListStyle, JsonObject[]> = { merge: [], replace: [] };
  const patched: string[] = [];
  for (const object of objects) {
    const rendered = made.get(keyOf(object));
    if (rendered === undefined) {
      culprits.set(object, `${article(kind)} does not make a ${object.kind} of this name and version`);
      continue;
    }
    const [from, to] = [normalForm(rendered), normalForm(object)];
    const patch = patchBetween(from, to, "merge");
    if (patch === undefined) continue;
    const paths = differingPaths(from, to);
    if (object !== workload && leaves(patch) > longestAttachmentPatch) culprits.set(object, unsaid(kind, paths));
    patched.push(...paths.map((path) => `${object.kind} ${path}`));
    const target = { kind: object.kind, name: object.metadata.name! };
    for (const style of ["merge", "replace"] as const) {
      patches[style].push({ target, patch: patchBetween(from, to, style)! });
    }
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
  if (exact !== undefined) return { kind: "exact", spec: exact, same, patched };
  return failed(unsaid(kind, patched.slice(0, 5)));
}

function failed(reason: string): Reproduction {
  return { kind: "failed", reason, culprits: new Map() };
}

function unsaid(kind: string, paths: readonly string[]): string {
  return `it has what ${article(kind)} cannot say: ${paths.join(", ")}`;
}

function article(kind: string): string {
  return kind === "App" ? "an App" : "a Task";
}

function keyOf(object: KrmObject): string {
  return refKey(refOf(object));
}
