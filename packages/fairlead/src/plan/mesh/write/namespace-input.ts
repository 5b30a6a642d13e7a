import { intentOf } from "../identity/intent.ts";
import type { Fleet, MeshKey } from "../model/fleet.ts";
import type { IdentityIntent } from "../model/intent.ts";
import type { NamespaceInput, Output } from "./output.ts";

/** Intents of identities that namespaces asked for, as long as their snapshot of the fleet is used. */
const intents = new WeakMap<Fleet, Map<string, IdentityIntent | undefined>>();

/** The intent of an identity, made once for each snapshot; undefined if it has no host, or nothing is written for it. */
export function intentIn(fleet: Fleet, identity: string): IdentityIntent | undefined {
  let known = intents.get(fleet);
  if (known === undefined) intents.set(fleet, (known = new Map()));
  if (!known.has(identity)) {
    const { suspended } = fleet.settings;
    const silent = suspended.includes("*") || suspended.includes(identity);
    const intent = silent ? undefined : intentOf(fleet, identity).intent;
    known.set(identity, intent === undefined || intent.hosts.length === 0 ? undefined : intent);
  }
  return known.get(identity);
}

/** A writer of keys `namespace:CLUSTER/NAMESPACE`. */
export function namespaceWriter(write: (input: NamespaceInput) => Output): (fleet: Fleet, key: MeshKey) => Output {
  return (fleet: Fleet, key: MeshKey) => {
    const place = key.slice("namespace:".length);
    const slash = place.lastIndexOf("/");
    if (!key.startsWith("namespace:") || slash < 0) return {};
    const [cluster, namespace] = [place.slice(0, slash), place.slice(slash + 1)];
    return write({ fleet, key, cluster, namespace, intentOf: (identity) => intentIn(fleet, identity) });
  };
}
