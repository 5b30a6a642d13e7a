/** Facts with as little said as a test needs. */
import type {
  DependencyFact,
  Labels,
  NodeFact,
  PolicyFact,
  RoutingFact,
  ServiceFact,
  ServicePort,
  WorkloadFact,
} from "../../src/plan/mesh/model/facts.ts";

const created = "2025-01-01T00:00:00Z";

type Without<Fact, Given extends string> = Partial<Omit<Fact, Given | "fact" | "cluster" | "namespace" | "name">>;

function at(place: string): { cluster: string; namespace: string; name: string } {
  const [cluster = "", namespace = "", name = ""] = place.split("/");
  return { cluster, namespace, name };
}

/** A Deployment unless told; `place` is `CLUSTER/NAMESPACE/NAME`. */
export function workload(place: string, labels: Labels, more: Without<WorkloadFact, "labels"> = {}): WorkloadFact {
  return {
    fact: "workload",
    ...at(place),
    kind: "Deployment",
    createdAt: created,
    ignored: false,
    labels,
    annotations: {},
    selector: { app: labels["app"] ?? at(place).name },
    serviceAccount: "default",
    containerPorts: [],
    handOver: [],
    ...more,
  };
}

/** `8080`, `http-web:8080`, `dns:53/UDP`. */
export function port(text: string | number): ServicePort {
  const [, name = "", number = "", protocol = "TCP"] = /^(?:([^:]*):)?(\d+)(?:\/(\w+))?$/.exec(String(text)) ?? [];
  return { name, port: Number(number), targetPort: 0, protocol, appProtocol: "", nodePort: 0 };
}

/** A Service that selects `{app: NAME}` unless told. */
export function service(
  place: string,
  ports: readonly (string | number | ServicePort)[],
  more: Without<ServiceFact, "ports"> = {},
): ServiceFact {
  return {
    fact: "service",
    ...at(place),
    createdAt: created,
    ignored: false,
    labels: {},
    annotations: {},
    selector: { app: at(place).name },
    ports: ports.map((one) => (typeof one === "object" ? one : port(one))),
    headless: false,
    externalIPs: [],
    ingress: [],
    ...more,
  };
}

export function policy(
  kind: PolicyFact["kind"],
  place: string,
  identity: string,
  spec: PolicyFact["spec"],
  more: Without<PolicyFact, "spec" | "kind" | "identity"> = {},
): PolicyFact {
  return {
    fact: "policy",
    ...at(place),
    kind,
    createdAt: created,
    ignored: false,
    labels: {},
    annotations: {},
    identity,
    env: "",
    priority: 0,
    lastUpdatedAt: "",
    generation: 1,
    spec,
    ...more,
  };
}

/** In namespace `admiral` of cluster `home`. */
export function dependency(name: string, source: string, ...destinations: string[]): DependencyFact {
  return {
    fact: "dependency",
    ...at(`home/admiral/${name}`),
    createdAt: created,
    ignored: false,
    source,
    destinations,
    identityLabel: "",
    generation: 1,
  };
}

export function routing(
  place: string,
  kind: RoutingFact["kind"],
  hosts: string[],
  spec: RoutingFact["spec"],
): RoutingFact {
  return {
    fact: "routing",
    ...at(place),
    kind,
    createdAt: created,
    ignored: false,
    labels: {},
    annotations: {},
    hosts,
    exportTo: [],
    spec,
  };
}

export function node(cluster: string, region: string, zone = ""): NodeFact {
  return {
    fact: "node",
    cluster,
    namespace: "",
    name: `${cluster}-1`,
    createdAt: created,
    ignored: false,
    region,
    zone,
  };
}

/** The Service of an east-west gateway in front of a cluster. */
export function gateway(cluster: string, host: string, labels: Labels): ServiceFact {
  return service(`${cluster}/istio-system/gateway`, ["tls:15443"], { labels, ingress: [host] });
}
