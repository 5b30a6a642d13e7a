import { equal, get, type JsonValue } from "@fairlead/apimachinery";
import type { Edit } from "../model/plan.ts";
import type { SidecarFact } from "../model/facts.ts";
import { furtherHosts, hasFurtherHosts } from "./additional-suffixes.ts";
import { networking } from "./mark.ts";
import { calledNames } from "./called-names.ts";
import { sortedSet, type NamespaceInput, type Output } from "./output.ts";
import { isInClusterActive } from "./routing/in-cluster-active.ts";
import { covers } from "./sidecar-hosts.ts";

/** The annotation of a Sidecar that says which hosts of its egress we added. */
export const meshHostsAnnotation = "fairlead.dev/mesh-hosts";

/** How many names are listed one by one. */
const most = 200;

/**
 * Edits of the Sidecar of a namespace, so that its workloads see the names that Dependencies let them call. Sidecars
 * are never made: without one, everything is seen. What we added and nobody calls any more goes again.
 */
export function sidecarEdits(input: NamespaceInput): Output {
  const { fleet, cluster, namespace } = input;
  const { scope, writing } = fleet.settings;
  if (scope.sidecars === undefined) return {};
  const { name } = scope.sidecars;
  const sidecar = fleet.sidecars(cluster, namespace).find((fact) => fact.name === name && !fact.ignored);
  if (sidecar === undefined) return {};
  const grows = writing.marks === "predecessor";
  const wanted = grows ? predecessorHosts(input) : wantedHosts(input);
  const edit = editOf(sidecar, wanted, grows);
  return edit === undefined ? {} : { edits: [{ cluster, edit }] };
}

function editOf(sidecar: SidecarFact, wanted: readonly string[], grows: boolean): Edit | undefined {
  const egress: JsonValue[] = Array.isArray(sidecar.spec["egress"]) ? sidecar.spec["egress"] : [];
  const at = grows ? 0 : egress.findIndex((entry) => get(entry, "port") === undefined);
  const listed = get(egress[at], "hosts");
  if (!Array.isArray(listed)) return undefined;
  const existing = listed.filter((host) => typeof host === "string");
  const recorded = grows ? [] : (sidecar.ours ?? []).filter((host) => existing.includes(host));
  const theirs = existing.filter((host) => !recorded.includes(host));
  const ours = wanted.filter((host) => !(grows ? theirs.includes(host) : theirs.some((entry) => covers(entry, host))));
  const kept = existing.filter((host) => theirs.includes(host) || ours.includes(host));
  const hosts = [...kept, ...ours.filter((host) => !kept.includes(host))];
  if (equal(hosts, existing) && (grows || equal(sortedSet(sidecar.ours ?? []), ours))) return undefined;
  const { namespace, name } = sidecar;
  return {
    kind: "sidecar-hosts",
    object: { apiVersion: networking, kind: "Sidecar", namespace, name },
    hosts,
    ours: grows ? [] : ours,
    ...(at === 0 ? {} : { egress: at }),
  };
}

/** The names that a namespace's workloads call, in the namespace that has them; and Services that they are routed to. */
function wantedHosts({ fleet, cluster, namespace, intentOf }: NamespaceInput): string[] {
  const { syncNamespace } = fleet.settings.scope;
  const domain = fleet.cluster(cluster)?.clusterDomain ?? "cluster.local";
  const hosts: string[] = [];
  for (const destination of destinationsIn({ fleet, cluster, namespace })) {
    const intent = calledNames(fleet, destination, intentOf);
    if (intent === undefined) continue;
    const seen = intent.hosts.filter(({ clusters }) => clusters.has(cluster));
    hosts.push(...seen.map(({ host }) => `${syncNamespace}/${host}`));
    if (hasFurtherHosts({ fleet, intent }))
      for (const host of seen)
        if (host.role !== "region" && host.role !== "pod")
          hosts.push(...furtherHosts({ fleet, intent }, host).map((name) => `${syncNamespace}/${name}`));
    if (!isInClusterActive(fleet, intent, cluster)) continue;
    for (const backend of seen.flatMap(({ backends }) => backends))
      if (backend.cluster === cluster && backend.namespace !== namespace)
        hosts.push(`${backend.namespace}/*.svc.${domain}`);
  }
  const names = sortedSet(hosts);
  // A list of everything is longer than a wildcard, and is written again for every new name.
  return names.length <= most
    ? names
    : sortedSet(names.map((host) => (host.startsWith(`${syncNamespace}/`) ? `${syncNamespace}/*` : host)));
}

/** The predecessor's: the Service and the name, both in the namespace of the Service, of whatever cluster. */
function predecessorHosts({ fleet, cluster, namespace, intentOf }: NamespaceInput): string[] {
  const hosts: string[] = [];
  for (const destination of destinationsIn({ fleet, cluster, namespace })) {
    const intent = calledNames(fleet, destination, intentOf);
    for (const host of intent?.hosts ?? []) {
      if (host.role !== "base") continue;
      for (const backend of host.backends)
        hosts.push(`${backend.namespace}/${backend.address.replace(/\.$/, "")}`, `${backend.namespace}/${host.host}`);
    }
    if (intent !== undefined && isInClusterActive(fleet, intent, cluster))
      for (const backend of intent.hosts.flatMap(({ backends }) => backends))
        if (backend.cluster === cluster && backend.namespace !== namespace)
          hosts.push(`${backend.namespace}/*.svc.cluster.local`);
  }
  return sortedSet(hosts);
}

function destinationsIn({
  fleet,
  cluster,
  namespace,
}: Pick<NamespaceInput, "fleet" | "cluster" | "namespace">): string[] {
  return sortedSet(fleet.identitiesIn(cluster, namespace).flatMap((identity) => fleet.destinationsOf(identity)));
}
