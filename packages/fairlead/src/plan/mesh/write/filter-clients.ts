import { canonicalJson, compareText } from "@fairlead/apimachinery";
import type { Labels, WorkloadFact } from "../model/facts.ts";
import type { IdentityInput } from "./output.ts";
import { sortedSet } from "./output.ts";

/** Whose proxies in a cluster get a filter: pods with these labels, or all if there are none. */
export interface FilterClient {
  readonly cluster: string;
  readonly identity: string;
  readonly labels: Labels | undefined;
}

/** By Dependencies, where they run; where everybody may call, every proxy of the clusters that see the service. */
export function filterClients(input: IdentityInput): readonly FilterClient[] {
  const { fleet, intent } = input;
  const { filters } = fleet.settings;
  const isEnabled = (cluster: string): boolean =>
    filters.clusters?.some((entry) => entry === "*" || entry === cluster) ?? false;
  const audience = fleet.clientsOf(intent.identity);
  if (audience.kind === "everybody") {
    const clusters = sortedSet(intent.hosts.flatMap((host) => host.audience.map(({ cluster }) => cluster)));
    return clusters.filter(isEnabled).map((cluster) => ({ cluster, identity: "*", labels: undefined }));
  }
  return audience.identities.flatMap((identity) => {
    const client = fleet.client(identity);
    const workloads = (client?.workloads ?? []).filter(({ cluster }) => isEnabled(cluster));
    const found = new Map<string, FilterClient>();
    for (const workload of workloads) {
      const labels = labelsOf(input, client?.name ?? identity, client?.key ?? identity, workload);
      const one = { cluster: workload.cluster, identity, labels };
      found.set(`${workload.cluster} ${canonicalJson({ ...labels })}`, one);
    }
    return [...found].sort(([a], [b]) => compareText(a, b)).map(([, one]) => one);
  });
}

/** The predecessor takes the identity for the label's value; else the pods' own value counts, or their selector. */
function labelsOf({ fleet }: IdentityInput, name: string, identity: string, workload: WorkloadFact): Labels {
  const { discovery, filters, scope, writing } = fleet.settings;
  const { clientLabel } = filters;
  if (writing.marks === "fairlead") {
    const value = Object.hasOwn(workload.labels, clientLabel) ? workload.labels[clientLabel]! : undefined;
    return value === undefined && Object.keys(workload.selector).length > 0
      ? workload.selector
      : { [clientLabel]: value ?? name };
  }
  const key = discovery.partitionKey;
  const partition = key === undefined ? undefined : (workload.annotations[key] ?? workload.labels[key]);
  const isGateway = scope.gatewayIdentities.includes(identity);
  return {
    [clientLabel]: name,
    ...(isGateway && key !== undefined && partition !== undefined ? { [key]: partition } : {}),
  };
}
