import { get, isObject, setOwn, type JsonObject } from "@fairlead/apimachinery";
import { print } from "@fairlead/krm";
import { controlPlane } from "./control-plane.ts";
import { gatewayTemplate, grpcAgentTemplate, sidecarTemplate } from "./sidecar-template.ts";
import { webhookConfiguration, type InjectorClient } from "./webhook-configuration.ts";

/** A control plane of Istio, as values of its chart tell it. */
export interface IstioOptions {
  /** `1.28.0`; also the tag of images unless `tag` is told. */
  readonly version: string;
  /** `1-28`; the default revision unless told. */
  readonly revision?: string;
  /** `docker.io/istio` unless told. */
  readonly hub?: string;
  readonly tag?: string;
  /** `distroless` or `debug`; none unless told. */
  readonly variant?: string;
  /** Revision tags that lead to this revision. */
  readonly tags?: readonly string[];
  /** `istio-system` unless told. */
  readonly namespace?: string;
  /** The network is set up by the CNI plugin, pods get `istio-validation`; false unless told. */
  readonly cni?: boolean;
  /** `ENABLE_NATIVE_SIDECARS` of the control plane; what the version does by itself unless told. */
  readonly nativeSidecars?: boolean;
  readonly enableNamespacesByDefault?: boolean;
  /** `enabled` unless told. */
  readonly policy?: "enabled" | "disabled";
  readonly neverInjectSelector?: readonly JsonObject[];
  readonly alwaysInjectSelector?: readonly JsonObject[];
  readonly injectedAnnotations?: { readonly [name: string]: string };
  readonly defaultTemplates?: readonly string[];
  /** Templates besides `sidecar`, `gateway` and `grpc-agent`, or in place of them. */
  readonly templates?: { readonly [name: string]: string };
  /** Laid over the chart's values (`global.proxy.resources` …). */
  readonly values?: JsonObject;
  /** Laid over the mesh's configuration. */
  readonly meshConfig?: JsonObject;
  /** How the API server reaches the injector; the Service `istiod[-REV]` unless told. */
  readonly client?: InjectorClient;
  /** The webhook's path, where it is reached by the Service: `/inject/cluster/c1/net/n1`. */
  readonly path?: string;
  /** PEM of the authority that the API server trusts the injector by. */
  readonly authority?: string;
  readonly reinvocationPolicy?: "Never" | "IfNeeded";
  readonly failurePolicy?: "Fail" | "Ignore";
  readonly timeoutSeconds?: number;
  /** Of the control plane's Deployment; 1 unless told. */
  readonly replicas?: number;
}

const chartName = "istio";

/** The objects of a control plane as Istio's chart makes them (1.28 to 1.31), in the order to create them. */
export function istioObjects(options: IstioOptions): JsonObject[] {
  const { revision = "", namespace = "istio-system" } = options;
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    ...controlPlane(options, commonLabels(options)),
    meshConfigMap(options),
    injectorConfigMap(options),
    revisionWebhooks({ ...options, revision, namespace }),
    ...(options.tags ?? []).map((tag) => tagWebhooks(tag, options)),
  ];
}

/** `istio-revision-tag-TAG`: leads whoever asks for the tag to this revision. The tag `default` is the default. */
export function tagWebhooks(tag: string, options: IstioOptions): JsonObject {
  const labels = { ...commonLabels(options), "istio.io/tag": tag, app: "sidecar-injector" };
  const name = `istio-revision-tag-${tag}${inNamespace(options)}`;
  return webhookConfiguration({ ...webhookParts(options), name, labels, answersTo: tag, isDefault: tag === "default" });
}

/** The webhooks of the revision itself. */
export function revisionWebhooks(options: IstioOptions): JsonObject {
  const { revision = "" } = options;
  return webhookConfiguration({
    ...webhookParts(options),
    name: `istio-sidecar-injector${suffix(revision)}${inNamespace(options)}`,
    labels: { ...commonLabels(options), app: "sidecar-injector" },
    answersTo: revision || "default",
    isDefault: revision === "",
  });
}

/** `-1-28`; nothing for the default revision. */
export const suffix = (revision: string): string => (revision === "" ? "" : `-${revision}`);

const inNamespace = ({ namespace = "istio-system" }: IstioOptions): string =>
  namespace === "istio-system" ? "" : `-${namespace}`;

function webhookParts(options: IstioOptions) {
  const { revision = "", namespace = "istio-system", path = "/inject", authority, timeoutSeconds } = options;
  const client = options.client ?? { kind: "service" as const, namespace, name: `istiod${suffix(revision)}`, path };
  return {
    client,
    enableNamespacesByDefault: options.enableNamespacesByDefault ?? false,
    reinvocationPolicy: options.reinvocationPolicy ?? "Never",
    failurePolicy: options.failurePolicy ?? "Fail",
    ...(authority === undefined ? {} : { authority }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
}

function commonLabels({ revision = "" }: IstioOptions): JsonObject {
  return {
    "app.kubernetes.io/managed-by": "Helm",
    "app.kubernetes.io/name": "istiod",
    "app.kubernetes.io/part-of": "istio",
    "install.operator.istio.io/owning-resource": "unknown",
    "istio.io/rev": revision || "default",
    "operator.istio.io/component": "Pilot",
    release: chartName,
  };
}

/** `istio[-REV]`, which holds the mesh's configuration. */
export function meshConfigMap(options: IstioOptions): JsonObject {
  const { revision = "", namespace = "istio-system", variant } = options;
  const mesh: JsonObject = {
    defaultConfig: {
      discoveryAddress: `istiod${suffix(revision)}.${namespace}.svc:15012`,
      ...(variant === undefined ? {} : { image: { imageType: variant } }),
    },
    defaultProviders: { metrics: ["prometheus"] },
    enablePrometheusMerge: true,
    rootNamespace: namespace,
    trustDomain: "cluster.local",
  };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `istio${suffix(revision)}`, namespace, labels: commonLabels(options) },
    data: { mesh: print(laidOver(mesh, options.meshConfig ?? {})), meshNetworks: "networks: {}\n" },
  };
}

/** `istio-sidecar-injector[-REV]`, which holds the templates and the values that they see. */
export function injectorConfigMap(options: IstioOptions): JsonObject {
  const { revision = "", namespace = "istio-system" } = options;
  const config: JsonObject = {
    defaultTemplates: [...(options.defaultTemplates ?? ["sidecar"])],
    policy: options.policy ?? "enabled",
    alwaysInjectSelector: [...(options.alwaysInjectSelector ?? [])],
    neverInjectSelector: [...(options.neverInjectSelector ?? [])],
    injectedAnnotations: { ...options.injectedAnnotations },
    templates: {
      gateway: gatewayTemplate,
      "grpc-agent": grpcAgentTemplate,
      sidecar: sidecarTemplate,
      ...options.templates,
    },
  };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `istio-sidecar-injector${suffix(revision)}`, namespace, labels: commonLabels(options) },
    data: { config: print(config), values: `${JSON.stringify(chartValues(options), null, 2)}\n` },
  };
}

function chartValues(options: IstioOptions): JsonObject {
  const {
    revision = "",
    namespace = "istio-system",
    hub = "docker.io/istio",
    version,
    tag = version,
    nativeSidecars,
  } = options;
  const values: JsonObject = {
    gateways: { seccompProfile: {}, securityContext: {} },
    global: {
      caAddress: "",
      hub,
      imagePullPolicy: "",
      imagePullSecrets: [],
      istioNamespace: namespace,
      logging: { level: "default:info" },
      meshID: "",
      multiCluster: { clusterName: "" },
      network: "",
      pilotCertProvider: "istiod",
      proxy: {
        autoInject: options.policy ?? "enabled",
        clusterDomain: "cluster.local",
        componentLogLevel: "misc:error",
        excludeIPRanges: "",
        excludeInboundPorts: "",
        excludeOutboundPorts: "",
        image: "proxyv2",
        includeIPRanges: "*",
        includeInboundPorts: "*",
        includeOutboundPorts: "",
        logLevel: "warning",
        privileged: false,
        readinessFailureThreshold: 4,
        readinessInitialDelaySeconds: 0,
        readinessPeriodSeconds: 15,
        resources: { limits: { cpu: "2000m", memory: "1024Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
        startupProbe: { enabled: true, failureThreshold: 600 },
        statusPort: 15020,
        tracer: "none",
      },
      proxy_init: { forceApplyIptables: false, image: "proxyv2" },
      sds: { token: { aud: "istio-ca" } },
      sts: { servicePort: 0 },
      tag,
      variant: options.variant ?? "",
    },
    pilot: {
      cni: { enabled: options.cni ?? false, provider: "default" },
      env: nativeSidecars === undefined ? {} : { ENABLE_NATIVE_SIDECARS: String(nativeSidecars) },
    },
    revision,
    sidecarInjectorWebhook: {
      alwaysInjectSelector: [...(options.alwaysInjectSelector ?? [])],
      defaultTemplates: [...(options.defaultTemplates ?? [])],
      enableNamespacesByDefault: options.enableNamespacesByDefault ?? false,
      injectedAnnotations: { ...options.injectedAnnotations },
      neverInjectSelector: [...(options.neverInjectSelector ?? [])],
      reinvocationPolicy: options.reinvocationPolicy ?? "Never",
      rewriteAppHTTPProbe: true,
      templates: {},
    },
  };
  return laidOver(values, options.values ?? {});
}

/** Maps are merged, everything else is replaced. */
function laidOver(base: JsonObject, over: JsonObject): JsonObject {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = get(base, key);
    setOwn(result, key, isObject(before) && isObject(value) ? laidOver(before, value) : value);
  }
  return result;
}
