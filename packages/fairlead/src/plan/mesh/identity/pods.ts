import type { Fleet } from "../model/fleet.ts";
import type { WorkloadFact } from "../model/facts.ts";
import { servicePorts } from "./service-ports.ts";
import { absolute, type Target } from "./targets.ts";

/** The pods of a StatefulSet that have a name of their own, by the pod's name: those of a headless Service. */
export function podsOf(workload: WorkloadFact, fleet: Fleet): ReadonlyMap<string, Target> {
  const pods = new Map<string, Target>();
  const { stateful, cluster, namespace, name } = workload;
  if (stateful === undefined || fleet.settings.discovery.ports === "first") return pods;
  const service = fleet.services(cluster, namespace).find((one) => one.name === stateful.service);
  if (service === undefined || !service.headless || service.ignored) return pods;
  const ports = servicePorts(service, workload, fleet.settings);
  if (ports.length === 0) return pods;
  const domain = fleet.cluster(cluster)?.clusterDomain ?? "cluster.local";
  for (let ordinal = 0; ordinal < stateful.replicas; ordinal++) {
    const pod = `${name}-${ordinal}`;
    const address = `${pod}.${service.name}.${namespace}.svc.${domain}${absolute(fleet.settings)}`;
    pods.set(pod, { workload, name: pod, address, ports, weight: undefined, external: false, leftOut: [] });
  }
  return pods;
}
