/** Envoy as istiod sees a sidecar or gateway: it asks istiod for its configuration. */
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { RunningEnvoy } from "../envoy/run-envoy.ts";
import type { ControlPlane } from "./control-plane.ts";

export interface IstioProxyOptions {
  readonly istiod: ControlPlane;
  readonly kind: "sidecar" | "router";
  readonly namespace: string;
  /** `region/zone/subzone`; its end may be missing. */
  readonly locality: string;
  /** Of its pod. */
  readonly labels: { readonly [key: string]: string };
  /**
   * Ports of the mesh for which it listens by listeners of its own with istiod's routes; or it has istiod's listeners,
   * to which only iptables leads.
   */
  readonly ports: readonly number[] | "as told";
  /** `HOST:PORT` of who gives it certificates; without, it waits for them. */
  readonly secrets?: string;
}

let started = 0;

/**
 * What istio-agent would write for Envoy, without what only Istio's own build of Envoy or the agent can do: no
 * certificates, no names for DNS.
 */
export function bootstrap({
  istiod,
  kind,
  namespace,
  locality,
  labels,
  ports,
  secrets,
}: IstioProxyOptions): JsonObject {
  const [region = "", zone = "", sub_zone = ""] = locality.split("/");
  const address = `10.0.0.${++started}`;
  const name = `proxy-${started}`;
  const ads = { ads: {}, resource_api_version: "V3", initial_fetch_timeout: "0s" };
  return {
    node: {
      id: `${kind}~${address}~${name}.${namespace}~${namespace}.svc.cluster.local`,
      cluster: `${name}.${namespace}`,
      locality: { region, zone, sub_zone },
      metadata: {
        NAME: name,
        NAMESPACE: namespace,
        CLUSTER_ID: "Kubernetes",
        INSTANCE_IPS: address,
        ISTIO_VERSION: "1.31.0",
        LABELS: { ...labels },
        DNS_CAPTURE: "true",
        SERVICE_ACCOUNT: name,
      },
    },
    admin: { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } },
    dynamic_resources: {
      ads_config: {
        api_type: "DELTA_GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: "xds-grpc" } }],
      },
      cds_config: ads,
      ...(ports === "as told" ? { lds_config: ads } : {}),
    },
    static_resources: {
      clusters: [
        grpcCluster("xds-grpc", istiod.xds),
        ...(secrets === undefined ? [] : [grpcCluster("sds-grpc", secrets)]),
      ],
      listeners: (ports === "as told" ? [] : ports).map((number) => ({
        name: `outbound_${number}`,
        address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
        filter_chains: [
          {
            filters: [
              {
                name: "envoy.filters.network.http_connection_manager",
                typed_config: {
                  "@type":
                    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                  stat_prefix: `outbound_${number}`,
                  rds: { route_config_name: String(number), config_source: ads },
                  http_filters: [
                    {
                      name: "envoy.filters.http.router",
                      typed_config: {
                        "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
                      },
                    },
                  ],
                },
              },
            ],
          },
        ],
      })),
    },
  };
}

function grpcCluster(name: string, at: string): JsonObject {
  const [address = "", port = ""] = at.split(":");
  const endpoint = { address: { socket_address: { address, port_value: Number(port) } } };
  return {
    name,
    type: "STATIC",
    connect_timeout: "1s",
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}

/** What istiod has told it, by name: clusters, whether they have all that they wait for or not. */
export async function clustersOf(envoy: RunningEnvoy): Promise<ReadonlyMap<string, JsonObject>> {
  const dump = get(await envoy.admin("/config_dump?include_eds"), "configs") as JsonObject[];
  const clusters = dump.flatMap((part) => {
    const lists = ["dynamic_active_clusters", "dynamic_warming_clusters"].map((key) => part[key] ?? []);
    return (lists as JsonObject[][]).flat().map(({ cluster }) => cluster as JsonObject);
  });
  return new Map(clusters.map((one) => [String(one["name"]), one]));
}

/** The names of istiod's listeners. */
export async function listenersOf(envoy: RunningEnvoy): Promise<readonly string[]> {
  const dump = get(await envoy.admin("/config_dump"), "configs") as JsonObject[];
  return dump.flatMap((part) => ((part["dynamic_listeners"] ?? []) as JsonObject[]).map(({ name }) => String(name)));
}

/** How many updates of its configuration Envoy has taken, and refused. */
export async function statistics(envoy: RunningEnvoy): Promise<{ readonly taken: number; readonly rejected: number }> {
  const path = "/stats?format=json&filter=(cds|lds|rds\\..*)\\.update_(rejected|success)$";
  const list = get(await envoy.admin(encodeURI(path)), "stats") as JsonObject[];
  const sum = (ending: string): number =>
    list.reduce((total, { name, value }) => total + (String(name).endsWith(ending) ? Number(value) : 0), 0);
  return { taken: sum("update_success"), rejected: sum("update_rejected") };
}
