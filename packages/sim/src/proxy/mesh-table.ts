import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/**
 * What the proxies of one cluster know: the objects of Istio (and Services) that its istiod would have told them.
 * Fields that are not understood are ignored, as are objects of other kinds.
 */
export interface MeshTable {
  readonly cluster: string;
  /** The place of a proxy that has none of its own, such as the gateway. */
  readonly locality: string;
  /** Hosts that are known, with what serves them: the oldest object of a host counts, as in istiod. */
  readonly services: ReadonlyMap<string, readonly MeshService[]>;
  /** By specificity: exact hosts before wildcards, longer ones first. */
  readonly rules: readonly DestinationRule[];
  readonly routes: readonly VirtualService[];
}

export interface MeshService {
  readonly object: string;
  readonly host: string;
  readonly namespace: string;
  readonly exportTo: readonly string[];
  readonly addresses: readonly string[];
  readonly ports: readonly { readonly number: number; readonly name: string; readonly protocol: string }[];
  readonly endpoints: readonly MeshEndpoint[];
}

export interface MeshEndpoint {
  readonly address: string;
  readonly ports: { readonly [name: string]: number };
  /** `region/zone/subzone`; its end may be missing. */
  readonly locality: string;
  readonly weight: number;
  readonly labels: { readonly [key: string]: string };
}

export interface DestinationRule {
  readonly object: string;
  readonly host: string;
  readonly namespace: string;
  readonly exportTo: readonly string[];
  readonly policy: JsonObject;
  readonly subsets: ReadonlyMap<string, { readonly labels: { readonly [key: string]: string } }>;
}

export interface VirtualService {
  readonly object: string;
  readonly namespace: string;
  readonly exportTo: readonly string[];
  readonly hosts: readonly string[];
  readonly gateways: readonly string[];
  readonly http: readonly JsonObject[];
  readonly tls: readonly JsonObject[];
  readonly tcp: readonly JsonObject[];
}

/** Reads a cluster's objects; `endpointsOf` says what is behind a Service (its pods), nothing unless told. */
export function readMeshTable(
  objects: Iterable<JsonValue>,
  { cluster, locality }: { readonly cluster: string; readonly locality: string },
): MeshTable {
  const services = new Map<string, MeshService[]>();
  const rules: DestinationRule[] = [];
  const routes: VirtualService[] = [];
  for (const object of [...objects].sort(byAge)) {
    const spec = get(object, "spec");
    if (!isObject(spec)) continue;
    const metadata = get(object, "metadata");
    const namespace = textOf(get(metadata, "namespace"));
    const kind = textOf(get(object, "kind"));
    const common = {
      object: `${kind} ${namespace}/${textOf(get(metadata, "name"))}`,
      namespace,
      exportTo: texts(spec["exportTo"]),
    };
    if (isIstio(object) && kind === "ServiceEntry") {
      for (const host of texts(spec["hosts"])) {
        const all = services.get(host) ?? [];
        all.push({ ...common, host, addresses: texts(spec["addresses"]), ...entryOf(spec) });
        services.set(host, all);
      }
    } else if (isIstio(object) && kind === "DestinationRule") {
      rules.push({ ...common, ...ruleOf(spec) });
    } else if (isIstio(object) && kind === "VirtualService") {
      const hosts = texts(spec["hosts"]);
      const gateways = texts(spec["gateways"]);
      const list = (key: string) => objectsOf(spec[key]);
      routes.push({ ...common, hosts, gateways, http: list("http"), tls: list("tls"), tcp: list("tcp") });
    }
  }
  rules.sort((a, b) => specificity(b.host) - specificity(a.host));
  return { cluster, locality, services, rules, routes };
}

/** Whether an object of `namespace` is seen from another one: https://istio.io/latest/docs/reference/config/networking/ */
export function isVisible(
  { exportTo, namespace }: { readonly exportTo: readonly string[]; readonly namespace: string },
  from: string,
): boolean {
  if (exportTo.length === 0) return true;
  return exportTo.some((one) => one === "*" || one === from || (one === "." && namespace === from));
}

export function hostMatches(pattern: string, host: string): boolean {
  if (pattern === "*" || pattern === host) return true;
  return pattern.startsWith("*.") && host.endsWith(pattern.slice(1));
}

function specificity(host: string): number {
  return host.startsWith("*") ? host.length : 1_000 + host.length;
}

function entryOf(spec: JsonObject): Pick<MeshService, "ports" | "endpoints"> {
  const ports = objectsOf(spec["ports"]).map((port) => ({
    number: numberOf(port["number"]) ?? 0,
    name: textOf(port["name"]),
    protocol: textOf(port["protocol"]).toUpperCase(),
  }));
  const endpoints = objectsOf(spec["endpoints"]).map((endpoint) => ({
    address: textOf(endpoint["address"]),
    ports: Object.fromEntries(
      Object.entries(isObject(endpoint["ports"]) ? endpoint["ports"] : {}).flatMap(([name, port]) =>
        typeof port === "number" ? [[name, port]] : [],
      ),
    ),
    locality: textOf(endpoint["locality"]),
    // Istio takes an absent weight as 1.
    weight: numberOf(endpoint["weight"]) ?? 1,
    labels: labelsOf(endpoint["labels"]),
  }));
  return { ports, endpoints };
}

function ruleOf(spec: JsonObject): Pick<DestinationRule, "host" | "policy" | "subsets"> {
  const policy = spec["trafficPolicy"];
  const subsets = objectsOf(spec["subsets"]).map((one) => [
    textOf(one["name"]),
    { labels: labelsOf(one["labels"]) },
  ]) as [string, { labels: { [key: string]: string } }][];
  return { host: textOf(spec["host"]), policy: isObject(policy) ? policy : {}, subsets: new Map(subsets) };
}

function labelsOf(value: JsonValue | undefined): { [key: string]: string } {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, textOf(text)]));
}

function byAge(a: JsonValue, b: JsonValue): number {
  const of = (value: JsonValue) => {
    const metadata = get(value, "metadata");
    return [get(metadata, "creationTimestamp"), get(metadata, "namespace"), get(metadata, "name")]
      .map(textOf)
      .join(" ");
  };
  return of(a) < of(b) ? -1 : 1;
}

function isIstio(object: JsonValue): boolean {
  return textOf(get(object, "apiVersion")).startsWith("networking.istio.io/");
}

export function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

export function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
