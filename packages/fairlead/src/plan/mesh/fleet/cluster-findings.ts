import { persistentEntries } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { MeshSettings } from "../model/settings.ts";
import type { ClusterState } from "./state.ts";

/** What is wrong with a cluster for everything that runs there; nothing is, where nothing of the mesh runs. */
export function clusterFindings(cluster: ClusterState, settings: MeshSettings): readonly Finding[] {
  const { name, facts, meshes } = cluster;
  const findings: Finding[] = [];
  for (const { omitted, namespace, name: config } of meshes) {
    if (omitted === undefined) continue;
    const object = { apiVersion: "v1", kind: "ConfigMap", namespace, name: config };
    findings.push(meshFinding("FL802", { object, message: `the mesh's configuration of cluster ${name} is no YAML` }));
  }
  if (!hasMembers(cluster, settings)) return findings;
  if (facts.dnsCapture === false && !facts.ambient) {
    findings.push(
      meshFinding("FL803", {
        message: `names that end in .${settings.names.suffix} do not resolve in cluster ${name}: Istio's proxies do not answer DNS there`,
      }),
    );
  }
  if (facts.gateway === undefined) {
    findings.push(meshFinding("FL804", { message: `nothing outside cluster ${name} reaches what runs there` }));
  }
  if (facts.region === "") {
    findings.push(meshFinding("FL805", { message: `no node of cluster ${name} says which region it is in` }));
  }
  return findings;
}

function hasMembers({ namespaces }: ClusterState, { discovery }: MeshSettings): boolean {
  for (const [, space] of persistentEntries(namespaces)) {
    const serves = space.workloads.some(
      ({ fact, member }) => member !== undefined && discovery.sourceKinds.includes(fact.kind),
    );
    if (serves) return true;
  }
  return false;
}
