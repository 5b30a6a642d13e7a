import { compareText } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { Fleet } from "../model/fleet.ts";
import type { Backend, BackendAddress } from "../model/intent.ts";
import type { HostPorts } from "./ports.ts";
import { workloadRef } from "./refs.ts";
import { placeOfCluster, type Target } from "./targets.ts";

/** What serves a host: one for each address, by cluster; within a cluster in the order of the targets. */
export function backendsOf(
  targets: readonly Target[],
  ports: HostPorts,
  host: string,
  fleet: Fleet,
): { readonly backends: readonly Backend[]; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const byAddress = new Map<string, Target[]>();
  for (const target of targets) {
    const key = `${target.workload.cluster}\n${target.address}`;
    const list = byAddress.get(key);
    if (list === undefined) byAddress.set(key, [target]);
    else list.push(target);
  }
  const backends: Backend[] = [];
  for (const group of byAddress.values()) {
    const target = group[0]!;
    const { workload } = target;
    const dials = ports.dials(target);
    if (Object.keys(dials).length === 0) {
      findings.push(
        meshFinding("FL809", {
          message: `${workload.kind} ${workload.namespace}/${workload.name} of cluster ${workload.cluster} serves none of the ports of ${host}: it gets no requests`,
          object: workloadRef(workload),
        }),
      );
      continue;
    }
    const cluster = fleet.cluster(workload.cluster);
    const local: BackendAddress = { address: target.address, ports: dials };
    backends.push({
      cluster: workload.cluster,
      namespace: workload.namespace,
      service: target.name,
      type: workload.kind.toLowerCase(),
      ...placeOfCluster(cluster),
      network: cluster?.network ?? "",
      serviceAccounts: target.external
        ? []
        : [...new Set(group.map((one) => one.workload.serviceAccount || "default"))].sort(compareText),
      local,
      remote: target.external ? local : throughGateway(cluster?.gateway, dials),
      external: target.external,
      weight: target.weight,
      retained: false,
    });
  }
  return { backends: backends.sort((a, b) => compareText(a.cluster, b.cluster)), findings };
}

function throughGateway(
  gateway: { readonly address: string; readonly port: number } | undefined,
  dials: BackendAddress["ports"],
): BackendAddress | undefined {
  if (gateway === undefined) return undefined;
  const ports: { [name: string]: number } = {};
  for (const name of Object.keys(dials)) ports[name] = gateway.port;
  return { address: gateway.address, ports };
}
