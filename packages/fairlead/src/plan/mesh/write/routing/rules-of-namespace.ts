import { canonicalJson, equal, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../../../shared/fields.ts";
import type { HostIntent, IdentityIntent } from "../../model/intent.ts";
import { networking, objectOf } from "../mark.ts";
import { sortedSet, writtenObject, type NamespaceInput, type Output } from "../output.ts";
import { callersOf, isInClusterActive } from "./in-cluster-active.ts";
import { routingLabels } from "./ingress-routing.ts";

/**
 * `{namespace}.svc.{domain}-routing-dr` and `…-incluster-dr`: how the gateway and the callers of a cluster balance over
 * the Services of a namespace that routing sends them to.
 */
export function routingRules(input: NamespaceInput): Output {
  const { routing } = input.fleet.settings;
  const ingress = routing.ingress?.disabledClusters.includes(input.cluster) === false ? routing.ingress : undefined;
  if (ingress === undefined && routing.inCluster === undefined) return {};
  const served = servedIn(input);
  if (served.length === 0) return {};
  const found: KrmObject[] = [];
  if (ingress !== undefined && ingress.gateways.length > 0)
    found.push(
      chosen(
        input,
        "-routing-dr",
        variants(input, served, (all) => ingressSpec(input, all, ingress.exportTo)),
      ),
    );
  const active = isPredecessor(input)
    ? served
    : served.filter(({ intent }) => isInClusterActive(input.fleet, intent, input.cluster));
  if (routing.inCluster !== undefined && active.length > 0)
    found.push(
      chosen(
        input,
        "-incluster-dr",
        variants(input, active, (all) => inClusterSpec(input, all)),
      ),
    );
  return { objects: found.map((object) => ({ cluster: input.cluster, object })) };
}

/** An identity that runs in the namespace, with the hosts of its Services there. */
interface Served {
  readonly intent: IdentityIntent;
  readonly hosts: readonly HostIntent[];
}

function servedIn({ fleet, cluster, namespace, intentOf }: NamespaceInput): Served[] {
  return fleet.identitiesIn(cluster, namespace).flatMap((identity) => {
    const intent = intentOf(identity);
    const hosts = (intent?.hosts ?? []).filter(({ backends }) =>
      backends.some((backend) => backend.cluster === cluster && backend.namespace === namespace && !backend.retained),
    );
    return intent === undefined || hosts.length === 0 ? [] : [{ intent, hosts }];
  });
}

function isPredecessor({ fleet }: NamespaceInput): boolean {
  return fleet.settings.writing.marks === "predecessor";
}

/** One for all identities; where the predecessor writes, one of each: whoever of them was written last counts. */
function variants(
  input: NamespaceInput,
  served: readonly Served[],
  specOf: (served: readonly Served[]) => JsonObject,
): readonly JsonObject[] {
  return isPredecessor(input) ? served.map((one) => specOf([one])) : [specOf(served)];
}

/** The one that is written already, if it is one of them: which it is does not matter, rewriting it would. */
function chosen(input: NamespaceInput, suffix: string, specs: readonly JsonObject[]): KrmObject {
  const { fleet, cluster, namespace } = input;
  const domain = fleet.cluster(cluster)?.clusterDomain ?? "cluster.local";
  const description = {
    apiVersion: networking,
    kind: "DestinationRule",
    name: `${namespace}.svc.${domain}${suffix}`,
    namespace: fleet.settings.gateways.namespace,
    labels: routingLabels,
  };
  const objects = specs.map((spec) => {
    return objectOf(fleet.settings, description, { host: `*.${namespace}.svc.${domain}`, ...spec });
  });
  const written = writtenObject(input, cluster, objects[0]!);
  return objects.find((object) => written !== undefined && equal(object["spec"], written["spec"])) ?? objects[0]!;
}

function ingressSpec(input: NamespaceInput, served: readonly Served[], exportTo: readonly string[]): JsonObject {
  const { traffic } = input.fleet.settings;
  const names = subjectNames(input, served);
  // The gateway passes encrypted connections on as they are.
  const tls = isPredecessor(input) ? { subjectAltNames: names } : { mode: "DISABLE" };
  const connectionPool = { http: { maxRequestsPerConnection: traffic.maxRequestsPerConnection } };
  return {
    exportTo: [...exportTo],
    trafficPolicy: { loadBalancer: balancer(input, served), tls, connectionPool },
  };
}

function inClusterSpec(input: NamespaceInput, served: readonly Served[]): JsonObject {
  const { gateways, traffic } = input.fleet.settings;
  const callers = served.flatMap(({ hosts }) =>
    hosts.filter(({ role }) => role === "base").map((host) => callersOf(host, input.cluster, gateways.namespace)),
  );
  const all = callers.includes(undefined) ? undefined : sortedSet(callers.flatMap((list) => list ?? []));
  const names = subjectNames(input, served);
  return fields({
    exportTo: all === undefined ? undefined : filled(all),
    trafficPolicy: fields({
      loadBalancer: balancer(input, served),
      tls: fields({ mode: "ISTIO_MUTUAL", subjectAltNames: filled(names) }),
      connectionPool: pool(input, served),
      outlierDetection: traffic.outlierOnlyIfAsked
        ? { consecutiveGatewayErrors: 0, consecutive5xxErrors: 0 }
        : undefined,
    }),
  });
}

function balancer(input: NamespaceInput, served: readonly Served[]): JsonObject {
  const { routing, traffic } = input.fleet.settings;
  const slow = routing.ingress?.slowStartClusters.includes(input.cluster) === true ? traffic.warmupSeconds : undefined;
  const asked = served.flatMap(({ hosts }) => hosts.flatMap((host) => host.traffic.slowStartSeconds ?? []));
  const seconds = traffic.slowStart && asked.length > 0 ? Math.max(...asked) : slow;
  const simple = routing.ingress?.simple ?? "ROUND_ROBIN";
  // Others know no warm-up.
  const warms = simple === "ROUND_ROBIN" || simple === "LEAST_REQUEST" || isPredecessor(input);
  return fields({
    simple,
    localityLbSetting: { enabled: false },
    warmupDurationSecs: seconds === undefined || !warms ? undefined : `${seconds}s`,
  });
}

/** What all of them agree on, or the default. */
function pool(input: NamespaceInput, served: readonly Served[]): JsonObject {
  const pools = served.flatMap(({ hosts }) => hosts.map(({ traffic }) => traffic.connectionPool));
  const [first] = pools;
  if (first !== undefined && new Set(pools.map(canonicalJson)).size === 1) return first;
  return { http: { maxRequestsPerConnection: input.fleet.settings.traffic.maxRequestsPerConnection } };
}

/** The predecessor names the identity even where it is not told the prefix. */
function subjectNames(input: NamespaceInput, served: readonly Served[]): string[] {
  if (isPredecessor(input) && input.fleet.settings.traffic.subjectNames.kind === "none")
    return served.map(({ intent }) => `spiffe:///${intent.name}`);
  return sortedSet(served.flatMap(({ hosts }) => hosts.flatMap(({ subjectAltNames }) => subjectAltNames)));
}
