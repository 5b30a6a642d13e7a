import type { ExportFact, ServiceFact, WorkloadFact } from "../../model/facts.ts";
import type { Fleet, IdentityFacts } from "../../model/fleet.ts";
import { byAge } from "../../fleet/order.ts";
import { serviceSelects } from "../../fleet/selects.ts";
import { servicePorts } from "../service-ports.ts";
import { absolute, type Target } from "../targets.ts";
import { olderFirst } from "../sources.ts";
import { exportedHost } from "./exported-host.ts";

/** The workloads of one identity behind a Service. */
export interface Servers {
  readonly identity: string;
  readonly workloads: readonly WorkloadFact[];
}

/** An export, with what is behind it. */
export interface Exporter {
  readonly fact: ExportFact;
  readonly service: ServiceFact | undefined;
  /** In the mesh, oldest first. */
  readonly workloads: readonly WorkloadFact[];
  /** Whose they are, sorted by identity. */
  readonly servers: readonly Servers[];
  /** One for each workload, all of one address; empty: nothing can be reached. */
  readonly targets: readonly Target[];
}

/** The exports of one Service that count, oldest first. */
export function exportersOf(facts: IdentityFacts, fleet: Fleet): readonly Exporter[] {
  const own = factsOf(facts, "ServiceExport", fleet).toSorted(byAge);
  return own.map((fact) => exporterOf(fact, fleet));
}

/** The clusters that import it; empty: nobody says so. */
export function importersOf(facts: IdentityFacts, fleet: Fleet): ReadonlySet<string> {
  return new Set(factsOf(facts, "ServiceImport", fleet).map(({ cluster }) => cluster));
}

/** An identity may have the name of a Service: exports of its workloads' other Services are not meant. */
function factsOf({ key, exports }: IdentityFacts, kind: ExportFact["kind"], fleet: Fleet): readonly ExportFact[] {
  const { names } = fleet.settings;
  return exports.filter((fact) => fact.kind === kind && !fact.ignored && exportedHost(fact, names) === key);
}

function exporterOf(fact: ExportFact, fleet: Fleet): Exporter {
  const { cluster, namespace, name } = fact;
  const { settings } = fleet;
  const service = fleet.services(cluster, namespace).find((one) => one.name === name && !one.ignored);
  if (service === undefined) return { fact, service, workloads: [], servers: [], targets: [] };
  const servers: Servers[] = [];
  for (const identity of fleet.identitiesIn(cluster, namespace)) {
    const workloads = (fleet.identity(identity)?.workloads ?? []).filter(
      (one) => one.cluster === cluster && one.namespace === namespace && serves(one, service, fleet),
    );
    if (workloads.length > 0) servers.push({ identity, workloads });
  }
  const workloads = servers.flatMap((one) => one.workloads).sort(olderFirst);
  const domain = fleet.cluster(cluster)?.clusterDomain ?? "cluster.local";
  const address = `${name}.${namespace}.svc.${domain}${absolute(settings)}`;
  const targets = workloads.flatMap((workload): Target[] => {
    const ports = servicePorts(service, workload, settings);
    return ports.length === 0
      ? []
      : [{ workload, name, address, ports, weight: undefined, external: false, leftOut: [] }];
  });
  return { fact, service, workloads, servers, targets };
}

/** Whether its pods are behind the Service. What an external ServiceEntry names is behind no Service. */
function serves(workload: WorkloadFact, service: ServiceFact, { settings }: Fleet): boolean {
  const { discovery } = settings;
  const isSource = discovery.sourceKinds.includes(workload.kind) && workload.kind !== "ServiceEntry";
  return isSource && serviceSelects(service, workload, discovery);
}
