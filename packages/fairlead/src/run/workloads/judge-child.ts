import type { KrmObject } from "@fairlead/krm";
import { judgeReady } from "@fairlead/kube";
import type { ChildState } from "./verdict.ts";

/** How an object that a declaration makes stands, by kstatus. */
export function judgeChild(object: KrmObject | undefined): Omit<ChildState, "ref"> {
  return judgeReady(object, false);
}
