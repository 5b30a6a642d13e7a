import type { KrmObject } from "@fairlead/krm";
import { applyPatches } from "../shared/patches.ts";
import type { WorkloadContext } from "./context.ts";

/** The objects with the patches that have the last word. */
export function patched(context: WorkloadContext, objects: readonly KrmObject[]): readonly KrmObject[] {
  const { objects: result, problems } = applyPatches(objects, context.spec.patches);
  for (const { index, kind, message, hint } of problems) {
    const field = ["spec", "patches", index, kind === "unmatched" ? "target" : "patch"];
    context.report(kind === "unmatched" ? "FL235" : "FL236", { message, hint, field });
  }
  return result;
}
