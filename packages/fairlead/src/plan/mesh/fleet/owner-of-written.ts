import { persistentGet } from "@fairlead/apimachinery";
import type { WrittenFact } from "../model/facts.ts";
import type { MeshKey } from "../model/fleet.ts";
import { copyKey, identitiesOfHost, type Hosts } from "./attribute.ts";
import { copiedAs } from "./copies.ts";
import type { FleetState } from "./state.ts";

/** The host of a written object that does not say whose it is. */
export function hostOfWritten({ key }: WrittenFact): string | undefined {
  return key.startsWith("host:") ? key.slice("host:".length) : undefined;
}

/**
 * Whose a written object is: what it says; else an identity that has its host; else the user's object that it is a copy
 * of, by its name; else, though nothing of it is there any more, the identity that its host names.
 */
export function ownerOfWritten(state: FleetState, fact: WrittenFact, hosts: Hosts): MeshKey {
  const host = hostOfWritten(fact);
  if (host === undefined) return fact.key as MeshKey;
  const [there] = identitiesOfHost(state, host, hosts);
  if (there !== undefined) return `identity:${there}`;
  const sources = persistentGet(state.routing, host)?.filter(
    (one) => one.kind === fact.kind && (one.name === fact.name || `${one.namespace}-${one.name}` === fact.name),
  );
  const holder = (sources?.length ?? 0) > 1 ? copiedAs(state, fact.kind, fact.name, hosts)[0] : undefined;
  const source = sources?.find((one) => one === holder) ?? sources?.[0];
  if (source !== undefined) return copyKey(source);
  const [first] = hosts.readHost(host);
  return first === undefined ? copyKey(fact) : `identity:${first.identity}`;
}
