import type { JsonObject } from "@fairlead/apimachinery";
import type { IstioOptions } from "./istio-objects.ts";

/** ServiceAccount, Service and Deployment `istiod[-REV]`. */
export function controlPlane(options: IstioOptions, labels: JsonObject): JsonObject[] {
  const {
    revision = "",
    namespace = "istio-system",
    hub = "docker.io/istio",
    version,
    tag = version,
    variant,
  } = options;
  const name = `istiod${revision === "" ? "" : `-${revision}`}`;
  const rev = revision || "default";
  // The default Service does not match pods of revisions beside it.
  const selector: JsonObject =
    revision === "" ? { app: "istiod", istio: "pilot" } : { app: "istiod", "istio.io/rev": revision };
  const matchLabels: JsonObject = revision === "" ? { istio: "pilot" } : { app: "istiod", "istio.io/rev": revision };
  const metadata = { name, namespace, labels: { ...labels, app: "istiod", istio: "pilot" } };
  const image = `${hub}/pilot:${tag}${variant === undefined || variant === "" ? "" : `-${variant}`}`;
  const env = [
    { name: "REVISION", value: rev },
    ...(options.nativeSidecars === undefined
      ? []
      : [{ name: "ENABLE_NATIVE_SIDECARS", value: String(options.nativeSidecars) }]),
  ];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels: { ...labels, app: "istiod" } } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        ports: [
          { port: 15010, name: "grpc-xds", protocol: "TCP" },
          { port: 15012, name: "https-dns", protocol: "TCP" },
          { port: 443, name: "https-webhook", targetPort: 15017, protocol: "TCP" },
          { port: 15014, name: "http-monitoring", protocol: "TCP" },
        ],
        selector,
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: options.replicas ?? 1,
        strategy: { rollingUpdate: { maxSurge: "100%", maxUnavailable: "25%" } },
        selector: { matchLabels },
        template: {
          metadata: {
            labels: {
              ...labels,
              app: "istiod",
              istio: revision === "" ? "pilot" : "istiod",
              "istio.io/dataplane-mode": "none",
              "sidecar.istio.io/inject": "false",
            },
            annotations: {
              "prometheus.io/port": "15014",
              "prometheus.io/scrape": "true",
              "sidecar.istio.io/inject": "false",
            },
          },
          spec: {
            serviceAccountName: name,
            containers: [
              {
                name: "discovery",
                image,
                args: [
                  "discovery",
                  "--monitoringAddr=:15014",
                  "--log_output_level=default:info",
                  "--domain",
                  "cluster.local",
                ],
                ports: [8080, 15010, 15012, 15017].map((containerPort) => ({ containerPort, protocol: "TCP" })),
                env,
                resources: { requests: { cpu: "500m", memory: "2048Mi" } },
              },
            ],
          },
        },
      },
    },
  ];
}
