import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/**
 * What of a cluster of Envoy chooses an endpoint, or finds it unhealthy, whoever has written the cluster: defaults that
 * one spells out and the other leaves away are the same, and the order of localities does not count.
 */
export function comparedCluster(cluster: JsonObject): JsonObject {
  const common = get(cluster, "common_lb_config");
  const panic = get(common, "healthy_panic_threshold");
  const policy = textOf(get(cluster, "lb_policy")) || "ROUND_ROBIN";
  const slowStart = get(get(cluster, `${policy.toLowerCase()}_lb_config`), "slow_start_config");
  const options = get(get(cluster, "typed_extension_protocol_options"), httpOptions);
  const assignment = get(get(cluster, "load_assignment"), "endpoints");
  return {
    connectTimeout: get(cluster, "connect_timeout") ?? "10s",
    policy,
    slowStart: get(slowStart, "slow_start_window") ?? null,
    panicBelow: panic === undefined ? 50 : (get(panic, "value") ?? 0),
    isLocalityWeighted: get(common, "locality_weighted_lb_config") !== undefined,
    outlierDetection: get(cluster, "outlier_detection") ?? null,
    limits: get(get(cluster, "circuit_breakers"), "thresholds") ?? null,
    most: get(get(options, "common_http_protocol_options"), "max_requests_per_connection") ?? null,
    groups: sorted(
      (Array.isArray(assignment) ? assignment : []).filter((one) => endpointsOf(one).length > 0).map(group),
    ),
  };
}

const httpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

function endpointsOf(one: JsonValue): readonly JsonValue[] {
  const list = get(one, "lb_endpoints");
  return Array.isArray(list) ? list : [];
}

function group(one: JsonValue): JsonObject {
  const endpoints = endpointsOf(one).map((endpoint) => {
    const address = get(get(get(endpoint, "endpoint"), "address"), "socket_address");
    const at = `${textOf(get(address, "address"))}:${String(get(address, "port_value"))}`;
    return `${at} weighs ${String(get(endpoint, "load_balancing_weight") ?? 1)}`;
  });
  const { region = "", zone = "", sub_zone = "" } = (get(one, "locality") ?? {}) as { [part: string]: JsonValue };
  return {
    locality: [region, zone, sub_zone].map(textOf).join("/"),
    priority: get(one, "priority") ?? 0,
    weight: get(one, "load_balancing_weight") ?? 1,
    endpoints: endpoints.sort(),
  };
}

function sorted(groups: readonly JsonObject[]): JsonObject[] {
  return groups.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
