import type { KrmObject } from "@fairlead/krm";
import type { MeshSettings } from "../../model/settings.ts";
import { eastWestName, gatewayApi, waypointName } from "./names.ts";

/**
 * What each cluster of an ambient fleet needs once: the waypoint of the sync namespace, and the Gateway by which other
 * clusters come in. Istio makes their Deployments and Services; `labels` go on the latter, so that it is found as the
 * cluster's gateway.
 */
export function ambientInfrastructure(settings: MeshSettings): readonly KrmObject[] {
  const { gateways, names, scope } = settings;
  const all = { namespaces: { from: "All" } };
  return [
    {
      apiVersion: gatewayApi,
      kind: "Gateway",
      metadata: {
        name: waypointName,
        namespace: scope.syncNamespace,
        labels: { "istio.io/waypoint-for": "service" },
      },
      spec: {
        gatewayClassName: "istio-waypoint",
        listeners: [{ name: "mesh", port: 15008, protocol: "HBONE" }],
      },
    },
    {
      apiVersion: gatewayApi,
      kind: "Gateway",
      metadata: { name: eastWestName, namespace: gateways.namespace },
      spec: {
        gatewayClassName: "istio",
        infrastructure: { labels: { ...gateways.selectors[0] } },
        listeners: [
          {
            name: "mesh",
            hostname: `*.${names.suffix}`,
            port: gateways.port,
            protocol: "HTTPS",
            tls: { mode: "Terminate", options: { "gateway.istio.io/tls-terminate-mode": "ISTIO_MUTUAL" } },
            allowedRoutes: all,
          },
        ],
      },
    },
  ];
}
