import { compareText } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Fleet } from "../model/fleet.ts";
import type { HostIntent } from "../model/intent.ts";
import { localTargets } from "./routing/local-targets.ts";
import { isReachable } from "./targets.ts";

/**
 * What a name stands for. `addresses`: its virtual addresses, for clients with a sidecar that does not answer DNS itself.
 * `services`: its Service in the same cluster, for clients without a sidecar, which can go nowhere else.
 */
export type DnsAnswer = "addresses" | "services";

export interface ClusterDns {
  readonly object: KrmObject;
  /** Hosts for which there was no room in one ConfigMap, sorted. */
  readonly omitted: readonly string[];
}

/** A ConfigMap may have 1 MiB with everything that belongs to it. */
const most = 900_000;

/**
 * A server block of CoreDNS for the names that a cluster has, in a ConfigMap for its `import`.
 * https://coredns.io/plugins/hosts/, https://coredns.io/plugins/rewrite/
 */
export function clusterDns(fleet: Fleet, cluster: string, hosts: Iterable<HostIntent>, answer: DnsAnswer): ClusterDns {
  const { names, scope } = fleet.settings;
  const known = [...hosts].filter((host) => isReachable(host, cluster));
  known.sort((a, b) => compareText(a.host, b.host));
  const lines: string[] = [];
  const omitted: string[] = [];
  let size = 0;
  for (const host of known) {
    const own = answer === "addresses" ? addressLines(host) : serviceLines(host, cluster);
    const length = own.reduce((sum, line) => sum + line.length + 1, 0);
    if (size + length > most) omitted.push(host.host);
    else lines.push(...own);
    if (size + length <= most) size += length;
  }
  const domain = fleet.cluster(cluster)?.clusterDomain ?? "cluster.local";
  const body = answer === "addresses" ? ["    hosts {", ...lines, "    }"] : [...lines, `    kubernetes ${domain}`];
  const block = [`${names.suffix}:53 {`, "    errors", "    cache 30", ...body, "}", ""].join("\n");
  const object: KrmObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "fairlead-mesh-dns", namespace: scope.syncNamespace },
    data: { "mesh.server": block },
  };
  return { object, omitted };
}

function addressLines({ host, addresses }: HostIntent): string[] {
  return addresses.map((address) => `        ${address} ${host}`);
}

function serviceLines(host: HostIntent, cluster: string): string[] {
  const [target] = localTargets(host, cluster);
  if (target === undefined) return [];
  return ["    rewrite stop {", `        name exact ${host.host} ${target.address}`, "        answer auto", "    }"];
}
