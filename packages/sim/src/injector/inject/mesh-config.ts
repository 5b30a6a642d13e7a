import {
  equal,
  get,
  isObject,
  matchesLabelSelector,
  setOwn,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { labelsOf } from "./pod-parts.ts";

/** What a ProxyConfig says that nobody has written: these values are left out of what a proxy is told. */
export const proxyConfigDefaults: JsonObject = {
  binaryPath: "/usr/local/bin/envoy",
  configPath: "./etc/istio/proxy",
  controlPlaneAuthPolicy: "MUTUAL_TLS",
  discoveryAddress: "istiod.istio-system.svc:15012",
  drainDuration: "45s",
  interceptionMode: "REDIRECT",
  proxyAdminPort: 15000,
  serviceCluster: "istio-proxy",
  statNameLength: 189,
  statusPort: 15020,
  terminationDrainDuration: "5s",
};

const meshConfigDefaults: JsonObject = {
  enablePrometheusMerge: true,
  proxyInboundListenPort: 15006,
  proxyListenPort: 15001,
  rootNamespace: "istio-system",
  trustDomain: "cluster.local",
};

/** A MeshConfig with its defaults, also those of `defaultConfig`. */
export function meshConfigOf(given: JsonObject): JsonObject {
  const config = get(given, "defaultConfig");
  const defaultConfig = mergedConfig(proxyConfigDefaults, isObject(config) ? config : {});
  return { ...meshConfigDefaults, ...given, defaultConfig };
}

/**
 * The ProxyConfig of a pod: the mesh's, then the ProxyConfig objects of the root namespace and of the pod's, then the
 * annotation `proxy.istio.io/config`, then the ProxyConfig objects that select the pod. Text says what is wrong.
 */
export function proxyConfigOf(
  pod: { readonly namespace: string; readonly metadata: JsonValue | undefined },
  mesh: JsonObject,
  objects: readonly JsonObject[],
): JsonObject | string {
  const root = textOf(mesh["rootNamespace"]);
  const labels = labelsOf(pod.metadata);
  const inNamespace = (namespace: string, isSelecting: boolean): readonly JsonObject[] =>
    objects.filter((one) => {
      if (get(one["metadata"], "namespace") !== namespace) return false;
      const selector = get(one["spec"], "selector");
      return (selector !== undefined) === isSelecting && (!isSelecting || matchesLabelSelector(selector, labels));
    });
  let config = get(mesh, "defaultConfig") as JsonObject;
  const add = (found: readonly JsonObject[]): void => {
    for (const one of oldestFirst(found)) config = mergedConfig(config, ofObject(one));
  };
  add(inNamespace(root, false));
  if (pod.namespace !== root) add(inNamespace(pod.namespace, false));
  const annotation = get(get(pod.metadata, "annotations"), "proxy.istio.io/config");
  if (annotation !== undefined) {
    const { documents, findings } = parseStream(textOf(annotation), {
      limits: { total: 256 << 10, depth: 50, aliasNodes: 100 },
    });
    const [first] = documents;
    if (findings.some((one) => one.severity === "error") || (first !== undefined && !isObject(first.value)))
      return "invalid value for annotation 'proxy.istio.io/config'";
    const own = first === undefined ? {} : knownFields(first.value as JsonObject);
    if (typeof own === "string") return `invalid value for annotation 'proxy.istio.io/config': ${own}`;
    config = mergedConfig(config, own);
  }
  add(inNamespace(pod.namespace, true));
  return config;
}

/** What differs from the defaults, in the order of keys: what the variable PROXY_CONFIG holds. */
export function shortProxyConfig(config: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(config).sort()) {
    const value = config[key]!;
    const standard = get(proxyConfigDefaults, key);
    const isEmpty = isObject(value) && Object.keys(value).length === 0;
    if (!isEmpty && (standard === undefined || !equal(value, standard))) setOwn(result, key, value);
  }
  return result;
}

const fields = new Set([
  ...Object.keys(proxyConfigDefaults),
  "availabilityZone",
  "caCertificatesPem",
  "concurrency",
  "connectionSettings",
  "customConfigFile",
  "discoveryRefreshDelay",
  "envoyAccessLogService",
  "envoyMetricsService",
  "envoyMetricsServiceAddress",
  "extraStatTags",
  "fileFlushInterval",
  "fileFlushMinSizeKb",
  "gatewayTopology",
  "holdApplicationUntilProxyStarts",
  "image",
  "meshId",
  "privateKeyProvider",
  "proxyBootstrapTemplatePath",
  "proxyHeaders",
  "proxyMetadata",
  "proxyStatsMatcher",
  "readinessProbe",
  "runtimeValues",
  "sds",
  "statsCompression",
  "statsdUdpAddress",
  "tracing",
  "zipkinAddress",
]);

/** What a pod may say of its proxy: unknown fields are dropped, maps of texts hold nothing else. Text says what is wrong. */
function knownFields(given: JsonObject): JsonObject | string {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(given)) {
    if (!fields.has(key)) continue;
    const isTexts = key === "proxyMetadata" || key === "runtimeValues";
    if (isTexts && !(isObject(value) && Object.values(value).every((one) => typeof one === "string")))
      return `${key} is no map of texts`;
    if (key === "holdApplicationUntilProxyStarts" && typeof value !== "boolean") return `${key} is no boolean`;
    setOwn(result, key, value);
  }
  return result;
}

const oldestFirst = (objects: readonly JsonObject[]): readonly JsonObject[] =>
  objects.toSorted((a, b) => {
    const [left, right] = [ageKey(a), ageKey(b)];
    return left < right ? 1 : left > right ? -1 : 0;
  });

/** The oldest wins: it is merged last. */
const ageKey = ({ metadata }: JsonObject): string =>
  `${textOf(get(metadata, "creationTimestamp"))} ${textOf(get(metadata, "name"))}`;

/** A ProxyConfig object says less than a MeshConfig's default, and calls the metadata environment variables. */
function ofObject({ spec }: JsonObject): JsonObject {
  const [concurrency, environment, image] = ["concurrency", "environmentVariables", "image"].map((key) =>
    get(spec, key),
  );
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(isObject(environment) ? { proxyMetadata: environment } : {}),
    ...(image === undefined ? {} : { image }),
  };
}

/** Maps are merged, everything else is replaced. */
function mergedConfig(base: JsonObject, over: JsonObject): JsonObject {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = get(base, key);
    setOwn(result, key, isObject(before) && isObject(value) ? mergedConfig(before, value) : value);
  }
  return result;
}
