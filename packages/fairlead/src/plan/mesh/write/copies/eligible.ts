import type { RoutingFact } from "../../model/facts.ts";
import type { Fleet } from "../../model/fleet.ts";
import { hostReader } from "../../fleet/hosts.ts";
import type { MeshSettings } from "../../model/settings.ts";
import { isForMesh, isPublic } from "../overridden.ts";
import type { IdentityInput } from "../output.ts";
import { copyName, generatedName } from "./copy-object.ts";

/**
 * Whether a routing object of a user goes to other clusters: one host, seen by everybody, outside the namespaces of
 * the mesh itself, and not one that a Rollout moves the weights of.
 */
export function isCopied(fleet: Fleet, fact: RoutingFact): boolean {
  return isCopyable(fact, fleet.settings) && !isOfRollout(fleet, fact);
}

/** Whether it may go there by what it says itself. */
export function isCopyable(fact: RoutingFact, settings: MeshSettings): boolean {
  const { copies, gateways, scope, writing } = settings;
  if (!copies.enabled || fact.ignored || fact.hosts.length !== 1 || !isPublic(fact)) return false;
  if ([gateways.namespace, "istio-system", "kube-system", scope.syncNamespace].includes(fact.namespace)) return false;
  // Gateways are not copied: what is for them alone would lead nowhere.
  if (writing.marks === "fairlead" && !isForMesh(fact)) return false;
  return !isTaken(fact, settings);
}

/** Whether the name of its copy is that of an object which is written for a host itself: that counts. */
export function isTaken(fact: RoutingFact, settings: MeshSettings): boolean {
  const [, host] = generatedName.exec(copyName(settings, fact)) ?? [];
  return host !== undefined && hostReader(settings.names)(host).length > 0;
}

/**
 * The routing object that has the name of a fact's copy: the oldest of those that would become one object. What is
 * planned by another key than the holder's stays where it is, or two keys would write one object in turn.
 */
export function holderOf(fleet: Fleet, fact: RoutingFact): RoutingFact {
  const copied = fleet.copied(fact.kind, copyName(fleet.settings, fact));
  return copied[0] ?? fact;
}

/** The holder of the name of a fact's copy, if it is for no host of this identity. */
export function othersName({ fleet, intent }: IdentityInput, fact: RoutingFact): RoutingFact | undefined {
  const holder = holderOf(fleet, fact);
  const names = new Set(holder.hosts.map((host) => host.toLowerCase()));
  return intent.hosts.some(({ host }) => names.has(host.toLowerCase())) ? undefined : holder;
}

function isOfRollout(fleet: Fleet, { kind, cluster, namespace, name }: RoutingFact): boolean {
  return fleet.identitiesIn(cluster, namespace).some((identity) =>
    fleet.identity(identity)?.workloads.some((workload) => {
      const { rollout } = workload;
      if (workload.cluster !== cluster || workload.namespace !== namespace || rollout?.strategy !== "canary")
        return false;
      return kind === "VirtualService"
        ? rollout.virtualServices.some((service) => service.name === name || service.name === `${name}.${namespace}`)
        : rollout.destinationRule?.name === name;
    }),
  );
}
