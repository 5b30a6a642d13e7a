import type { MeshSettings } from "../../../plan/mesh/model/settings.ts";
import { meshKinds } from "../../../plan/mesh/observe/mesh-kinds.ts";
import type { WatchedKind } from "../../clusters/session.ts";

export interface WatchedKinds {
  /** Of every cluster of the mesh. */
  readonly every: readonly WatchedKind[];
  /** Of the home cluster only. */
  readonly home: readonly WatchedKind[];
}

/** What is read of clusters, by the settings. */
export function watchedKinds(settings: MeshSettings): WatchedKinds {
  const every: WatchedKind[] = [];
  const home: WatchedKind[] = [];
  for (const { apiVersion, kind, optional, namespace, strip, where } of meshKinds(settings)) {
    const watched = { apiVersion, kind, optional, strip, ...(namespace !== undefined && { namespace }) };
    (where === "home" ? home : every).push(watched);
  }
  return { every, home };
}
