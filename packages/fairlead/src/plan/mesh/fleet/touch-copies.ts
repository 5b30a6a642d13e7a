import { persistentGet } from "@fairlead/apimachinery";
import type { RoutingFact } from "../model/facts.ts";
import type { MeshKey } from "../model/fleet.ts";
import { copyName } from "../write/copies/copy-object.ts";
import { copyKey } from "./attribute.ts";
import { copyPlace, identityKeys } from "./copies.ts";
import type { Draft } from "./draft.ts";
import { ownerOfWritten } from "./owner-of-written.ts";
import { namesRouting } from "./selects.ts";
import type { FleetState } from "./state.ts";

/**
 * Copies that may come, go or change hands: whose copy has a name is decided among all who would have it, by whether
 * their hosts are known and no rollout moves their weights.
 */
export function touchCopies(draft: Draft, after: FleetState, keys: Set<MeshKey>): void {
  const { before, touched, settings } = draft;
  if (!settings.copies.enabled) return;
  const places = new Set<string>();
  const add = (fact: RoutingFact): void => void places.add(copyPlace(fact.kind, copyName(settings, fact)));
  touched.routing.forEach(add);
  for (const state of [before, after]) {
    for (const identity of touched.identities) {
      for (const fact of persistentGet(state.routing, identity) ?? []) add(fact);
    }
    for (const identity of touched.members) {
      for (const host of persistentGet(state.hosts, identity) ?? []) {
        for (const fact of persistentGet(state.routing, host) ?? []) add(fact);
      }
      for (const { fact } of persistentGet(state.identities, identity)?.members ?? []) {
        if (fact.rollout?.strategy !== "canary") continue;
        const spaces = state.clusters.get(fact.cluster)?.namespaces;
        const space = spaces === undefined ? undefined : persistentGet(spaces, fact.namespace);
        for (const one of space?.routing ?? []) if (namesRouting(fact, one)) add(one);
      }
    }
  }
  for (const place of places) {
    const [kind = "", name = ""] = place.split(" ");
    for (const state of [before, after]) {
      for (const fact of persistentGet(state.copies, place) ?? []) {
        keys.add(copyKey(fact));
        for (const key of identityKeys(state, fact, draft)) keys.add(key);
      }
      for (const { objects } of state.clusters.values()) {
        const fact = persistentGet(objects, `networking.istio.io/${kind}\0${settings.scope.syncNamespace}\0${name}`);
        if (fact?.fact === "written") keys.add(ownerOfWritten(state, fact, draft));
      }
    }
  }
}
