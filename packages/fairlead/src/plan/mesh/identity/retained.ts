import { compareText, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { text, texts } from "../../shared/read.ts";
import { meshFinding } from "../findings.ts";
import type { WrittenFact } from "../model/facts.ts";
import type { Fleet, IdentityFacts, MeshKey } from "../model/fleet.ts";
import type { Backend, MeshPort } from "../model/intent.ts";
import { hostOf } from "../observe/written.ts";
import { policyAnnotation } from "../write/metadata.ts";

/**
 * What is written for clusters that were never read since the start: their endpoints are in the objects of the others,
 * and stay there.
 */
export interface Retained {
  /** Backends of a host together with those that are kept. */
  join(host: string, backends: readonly Backend[], ports: readonly MeshPort[]): readonly Backend[];
  /** Names of a host's servers, together with those that are written if endpoints are kept. */
  subjectNames(host: string, names: readonly string[]): readonly string[];
  /** Written hosts that follow from what is in unread clusters: whose objects stay if nothing known makes them. Lower case. */
  readonly hosts: ReadonlySet<string>;
  /** Hosts with endpoints that are kept: what unread policies say of them stays too, in `as-written.ts`. Lower case. */
  readonly shaped: ReadonlySet<string>;
  /** Hosts shaped by what cannot be seen now: their DestinationRules stay as they are written. Lower case. */
  readonly held: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

interface Kept {
  readonly entry: WrittenFact;
  readonly backends: Backend[];
}

const nothing: Retained = {
  join: (_, backends) => backends,
  subjectNames: (_, names) => names,
  hosts: new Set(),
  shaped: new Set(),
  held: new Set(),
  findings: [],
};

export function retainedOf(identity: IdentityFacts | undefined, key: string, fleet: Fleet): Retained {
  const unread = fleet.clusters.filter(({ view }) => view === "unread").map(({ name }) => name);
  if (unread.length === 0) return nothing;
  const kept = new Map<string, Kept>();
  const held = new Set<string>();
  const policies = new Set(identity?.policies("GlobalTrafficPolicy").map(({ name }) => name));
  const owner = (endpoint: JsonValue) => ownerOf(endpoint, unread, fleet);

  for (const fact of fleet.written(`identity:${key}` as MeshKey)) {
    // Whoever may write into a namespace of their own must not send requests of others anywhere.
    if (fact.namespace !== fleet.settings.scope.syncNamespace) continue;
    const isEntry = fact.kind === "ServiceEntry";
    if (!isEntry && fact.kind !== "DestinationRule") continue;
    const host = hostOf(fact.object);
    if (host === undefined) continue;
    const policy = text(get(get(get(fact.object, "metadata"), "annotations"), policyAnnotation));
    if (policy !== undefined && !policies.has(policy)) held.add(host);
    if (!isEntry) continue;
    const spec = get(fact.object, "spec");
    const endpoints = get(spec, "endpoints");
    for (const endpoint of Array.isArray(endpoints) ? endpoints : []) {
      const cluster = owner(endpoint);
      const backend = cluster === undefined ? undefined : backendOf(endpoint, cluster, fact);
      if (backend === undefined) continue;
      const found = kept.get(host) ?? { entry: fact, backends: [] };
      kept.set(host, found);
      const same = (one: Backend) => one.cluster === backend.cluster && one.local.address === backend.local.address;
      if (!found.backends.some(same)) found.backends.push(backend);
    }
  }

  const join = (host: string, backends: readonly Backend[], ports: readonly MeshPort[]): readonly Backend[] => {
    const found = kept.get(host.toLowerCase());
    if (found === undefined) return backends;
    const all = [...backends, ...found.backends.map((backend) => withPorts(backend, ports))];
    return all.sort((a, b) => compareText(a.cluster, b.cluster));
  };
  return {
    join,
    subjectNames: (host, names) => withWritten(names, kept.get(host.toLowerCase())),
    hosts: new Set([...kept.keys(), ...held]),
    shaped: new Set(kept.keys()),
    held,
    findings: [...new Set([...kept.values()].flatMap(({ backends }) => backends.map(({ cluster }) => cluster)))]
      .sort(compareText)
      .map((cluster) =>
        meshFinding("FL813", {
          message: `the endpoints of ${key} in cluster ${cluster}, which was not read yet, stay as they are written`,
        }),
      ),
  };
}

/** The unread cluster that an endpoint leads to: by its label, or as one that no known cluster has. */
function ownerOf(endpoint: JsonValue, unread: readonly string[], fleet: Fleet): string | undefined {
  const label = text(get(get(endpoint, "labels"), "topology.istio.io/cluster"));
  if (label !== undefined) return unread.includes(label) ? label : undefined;
  const address = text(get(endpoint, "address")) ?? "";
  const known =
    /\.svc\.[^.]/.test(address) ||
    fleet.clusters.some(({ gateway }) => gateway !== undefined && gateway.address === address);
  return known || address === "" ? undefined : unread[0];
}

function backendOf(endpoint: JsonValue, cluster: string, { cluster: seen }: WrittenFact): Backend | undefined {
  const address = text(get(endpoint, "address"));
  const ports = get(endpoint, "ports");
  if (address === undefined || !isObject(ports) || cluster === seen) return undefined;
  const numbers = Object.entries(ports).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  if (numbers.length === 0) return undefined;
  const labels = get(endpoint, "labels");
  // What stands as its locality may be its tier: it counts where it agrees with the region of the label.
  const locality = text(get(endpoint, "locality")) ?? "";
  const real = text(get(labels, "topology.kubernetes.io/region")) ?? locality;
  const [region = "", zone = ""] = (locality.startsWith(`${real}/`) ? locality : real).split("/");
  const reached = { address, ports: Object.fromEntries(numbers) };
  return {
    cluster,
    namespace: "",
    service: address,
    type: text(get(labels, "type")) ?? "",
    region,
    zone,
    network: "",
    serviceAccounts: [],
    local: reached,
    remote: reached,
    external: text(get(labels, "security.istio.io/tlsMode")) === undefined,
    weight: undefined,
    retained: true,
  };
}

/** A gateway has one port for all of the host's. */
function withPorts(backend: Backend, ports: readonly MeshPort[]): Backend {
  const known = backend.local.ports;
  const gateway = Object.values(known)[0]!;
  const own: { [name: string]: number } = {};
  for (const { name } of ports) own[name] = Object.hasOwn(known, name) ? known[name]! : gateway;
  const reached = { address: backend.local.address, ports: own };
  return { ...backend, local: reached, remote: reached };
}

function withWritten(names: readonly string[], kept: Kept | undefined): readonly string[] {
  if (kept === undefined || names.length === 0) return names;
  return [...new Set([...names, ...texts(get(specOf(kept.entry), "subjectAltNames") as string[])])].sort(compareText);
}

function specOf({ object }: WrittenFact): JsonObject {
  const spec = get(object, "spec");
  return isObject(spec) ? spec : {};
}
