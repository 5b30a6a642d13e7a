import { defineController, type Controller } from "../controller.ts";
import { reconcileDeclaration } from "./reconcile.ts";
import { openView, type View, type ViewOptions } from "./view.ts";

export interface WorkloadsOptions extends ViewOptions {
  readonly concurrency?: number;
}

/**
 * Keeps the Apps, Tasks, Routes, … of a cluster applied: each declaration is the parent of an apply set and the owner of
 * what it makes, and its conditions say how that stands.
 */
export function workloadsController(options: WorkloadsOptions = {}): Controller<View> {
  return defineController<View>({
    name: "workloads",
    // The view watches: which kinds are followed beyond Fairlead's own depends on what is declared.
    watches: [],
    concurrency: options.concurrency ?? 8,
    open: (cluster) => openView(cluster, options),
    reconcile: reconcileDeclaration,
  });
}
