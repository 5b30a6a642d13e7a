import type { Outdated } from "../model/decision.ts";
import type { Item } from "./core.ts";

/** What an item is to the run. */
export type Phase = "none" | "waiting" | "underWay" | "rolling" | "failed" | "reported" | "unknown" | "done";

export function phaseOf(item: Item | undefined, dryRun: boolean): Phase {
  if (item === undefined) return "none";
  if (item.flight !== undefined) return "underWay";
  const { decision, entry } = item;
  if (decision === undefined || item.gone) return "none";
  switch (decision.kind) {
    // Somebody said that nobody is to look at it.
    case "excluded":
    case "outside":
      return "none";
    case "current":
      return entry === undefined ? "none" : "done";
    case "rolling":
      return isFailed(item) ? "failed" : "rolling";
    case "unknown":
      return "unknown";
    case "outdated":
      if (!decision.restarts || decision.way.kind === "report") return "reported";
      if (hasFailedFor(item, decision)) return "failed";
      return dryRun && item.shownFor === decision.target ? "reported" : "waiting";
  }
}

export function isFailed({ entry }: Item): boolean {
  return entry?.state === "failed" || entry?.state === "broken";
}

/** Whether it failed for what is wanted now: then it is not tried again, unless all its pods may be evicted one by one. */
export function hasFailedFor(item: Item, { target, way }: Outdated): boolean {
  const { entry } = item;
  if (entry === undefined || entry.target !== target || !isFailed(item)) return false;
  return !(entry.state === "failed" && entry.forgiven === true && way.kind === "evict");
}
