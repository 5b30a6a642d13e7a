import { persistentDelete, persistentGet, persistentSet } from "@fairlead/apimachinery";
import type { MeshKey } from "../model/fleet.ts";
import { hasSomething } from "./keys.ts";
import type { FleetState } from "./state.ts";

/** A snapshot in which every identity whose plan may have changed has another revision. */
export function revised(state: FleetState, touched: readonly MeshKey[]): FleetState {
  let { revisions } = state;
  for (const key of touched) {
    if (!key.startsWith("identity:")) continue;
    const identity = key.slice("identity:".length);
    const found = persistentGet(state.identities, identity);
    // Of what is only named, or written, not everything that could change its plan is followed.
    revisions =
      found !== undefined && hasSomething(found)
        ? persistentSet(revisions, identity, {})
        : persistentDelete(revisions, identity);
  }
  return { ...state, revisions };
}
