import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { clusterName, entriesOf, httpPorts } from "./entries.ts";
import { virtualHosts } from "./envoy-routes.ts";
import { localityGroups, type LocalityGroup, type Proxy, type WeightedAddress } from "./locality-groups.ts";

export interface EnvoyInput {
  /** Of the proxy's cluster; only ServiceEntry, DestinationRule and VirtualService count. */
  readonly objects: readonly JsonValue[];
  readonly proxy: Proxy;
  /** Where an endpoint listens on this machine. */
  readonly placeOf: (endpoint: WeightedAddress) => { readonly host: string; readonly port: number };
}

/**
 * What istiod would tell a sidecar, as a static configuration (https://www.envoyproxy.io/docs/envoy/v1.36.0/api-v3): a
 * listener for each port (whose real port Envoy chooses), a virtual host for each host, a cluster for each host and
 * port. Left out: TLS between proxies, which takes certificates, and everything that neither chooses an endpoint nor
 * finds it unhealthy. Pure.
 */
export function envoyConfig({ objects, proxy, placeOf }: EnvoyInput): JsonObject {
  const seen = objects.filter((object) => isVisible(object, proxy.namespace));
  const entries = seen.filter(isKind("ServiceEntry")).flatMap(entriesOf);
  const rules = seen.filter(isKind("DestinationRule"));
  const services = seen.filter(isKind("VirtualService"));
  const ports = [...new Set(entries.flatMap((entry) => httpPorts(entry).map(({ number }) => number)))].sort();
  return {
    admin: { address: socketAddress({ host: "127.0.0.1", port: 0 }) },
    static_resources: {
      listeners: ports.map((port) => listener(port, virtualHosts(port, entries, services, proxy.namespace))),
      clusters: entries.flatMap((entry) =>
        httpPorts(entry).map(({ number, name }) => {
          const rule = ruleOf(rules, entry.host, proxy.namespace);
          const policy = get(get(rule ?? null, "spec"), "trafficPolicy");
          const groups = localityGroups(entry.endpoints, name, number, policy, proxy);
          return cluster(clusterName(entry.host, number), groups, policy, placeOf);
        }),
      ),
    },
  };
}

const isKind =
  (kind: string) =>
  (object: JsonValue): boolean =>
    get(object, "kind") === kind;

function isVisible(object: JsonValue, namespace: string): boolean {
  const exportTo = get(get(object, "spec"), "exportTo");
  if (!Array.isArray(exportTo) || exportTo.length === 0) return true;
  const own = textOf(get(get(object, "metadata"), "namespace"));
  return exportTo.some((one) => one === "*" || one === namespace || (one === "." && own === namespace));
}

/** A rule of the proxy's own namespace counts before those of others. */
function ruleOf(rules: readonly JsonValue[], host: string, namespace: string): JsonValue | undefined {
  const own = rules.filter((rule) => get(get(rule, "spec"), "host") === host);
  return own.find((rule) => get(get(rule, "metadata"), "namespace") === namespace) ?? own[0];
}

function socketAddress({ host, port }: { readonly host: string; readonly port: number }): JsonObject {
  return { socket_address: { address: host, port_value: port } };
}

function cluster(
  name: string,
  groups: readonly LocalityGroup[],
  policy: JsonValue | undefined,
  placeOf: EnvoyInput["placeOf"],
): JsonObject {
  const setting = get(get(policy, "loadBalancer"), "localityLbSetting");
  const detection = get(policy, "outlierDetection");
  const isLocal = ["distribute", "failover", "failoverPriority"].some((field) => get(setting, field) !== undefined);
  const perConnection = get(get(get(policy, "connectionPool"), "http"), "maxRequestsPerConnection");
  const connectTimeout = get(get(get(policy, "connectionPool"), "tcp"), "connectTimeout");
  return {
    name,
    type: "STATIC",
    connect_timeout: typeof connectTimeout === "string" ? connectTimeout : "10s",
    ...balancing(get(policy, "loadBalancer")),
    load_assignment: {
      cluster_name: name,
      endpoints: groups.map(({ locality, priority, weight, endpoints }) => ({
        locality,
        priority,
        load_balancing_weight: weight,
        lb_endpoints: endpoints.map((endpoint) => ({
          endpoint: { address: socketAddress(placeOf(endpoint)) },
          load_balancing_weight: endpoint.weight,
        })),
      })),
    },
    common_lb_config: {
      // With outlier detection or without.
      healthy_panic_threshold: { value: 0 },
      ...(isLocal ? { locality_weighted_lb_config: {} } : {}),
    },
    ...(isObject(detection) ? { outlier_detection: outlierDetection(detection) } : {}),
    circuit_breakers: {
      thresholds: [{ max_connections: most, max_pending_requests: most, max_requests: most, max_retries: most }],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http_protocol_options: {} },
        ...(typeof perConnection === "number"
          ? { common_http_protocol_options: { max_requests_per_connection: perConnection } }
          : {}),
      },
    },
  };
}

/** Istio sets no limit where none is asked for. */
const most = 2 ** 32 - 1;

function balancing(loadBalancer: JsonValue | undefined): JsonObject {
  const simple = textOf(get(loadBalancer, "simple")) || "LEAST_REQUEST";
  if (simple === "RANDOM") return { lb_policy: "RANDOM" };
  const warmup = get(loadBalancer, "warmupDurationSecs");
  const slow = typeof warmup === "string" ? { slow_start_config: { slow_start_window: warmup } } : {};
  return simple === "ROUND_ROBIN"
    ? { lb_policy: "ROUND_ROBIN", round_robin_lb_config: slow }
    : { lb_policy: "LEAST_REQUEST", least_request_lb_config: slow };
}

/** A limit of 0 is off; of what is not said, Envoy's own default holds. */
function outlierDetection(detection: JsonObject): JsonObject {
  const limit = (field: string, name: string): JsonObject => {
    const value = detection[field];
    if (typeof value !== "number") return {};
    return { [name]: value, [`enforcing_${name}`]: value > 0 ? 100 : 0 };
  };
  const times = { interval: detection["interval"], base_ejection_time: detection["baseEjectionTime"] };
  const percent = detection["maxEjectionPercent"];
  return {
    enforcing_success_rate: 0,
    ...limit("consecutive5xxErrors", "consecutive_5xx"),
    ...limit("consecutiveGatewayErrors", "consecutive_gateway_failure"),
    ...Object.fromEntries(Object.entries(times).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
    ...(typeof percent === "number" && percent > 0 ? { max_ejection_percent: percent } : {}),
  };
}

function listener(port: number, hosts: readonly JsonObject[]): JsonObject {
  return {
    name: `outbound_${port}`,
    address: socketAddress({ host: "127.0.0.1", port: 0 }),
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: {
              "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              stat_prefix: `outbound_${port}`,
              route_config: { name: String(port), virtual_hosts: [...hosts] },
              http_filters: [
                {
                  name: "envoy.filters.http.router",
                  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}
