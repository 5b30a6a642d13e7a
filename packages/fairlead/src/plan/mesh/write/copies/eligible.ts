import type { RoutingFact } from "../../model/facts.ts";
import type { Fleet } from "../../model/fleet.ts";
import { isForMesh, isPublic } from "../overridden.ts";

/**
 * Whether a routing object of a user goes to other clusters: one host, seen by everybody, outside the namespaces of
 * the mesh itself, and not one that a Rollout moves the weights of.
 */
export function isCopied(fleet: Fleet, fact: RoutingFact): boolean {
  const { copies, gateways, scope, writing } = fleet.settings;
  if (!copies.enabled || fact.ignored || fact.hosts.length !== 1 || !isPublic(fact)) return false;
  if ([gateways.namespace, "istio-system", "kube-system", scope.syncNamespace].includes(fact.namespace)) return false;
  // Gateways are not copied: what is for them alone would lead nowhere.
  if (writing.marks === "fairlead" && !isForMesh(fact)) return false;
  return !isOfRollout(fleet, fact);
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
