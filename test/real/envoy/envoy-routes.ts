import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { clusterName, httpPorts, type Entry } from "./entries.ts";

/** Istio's `retryOn` and attempts, where no route says others. */
const defaultRetryOn = "connect-failure,refused-stream,unavailable,cancelled";
const defaultAttempts = 2;

/** The hosts of a port with their routes: those of a VirtualService, or straight to the host. */
export function virtualHosts(
  port: number,
  entries: readonly Entry[],
  services: readonly JsonValue[],
  namespace: string,
): readonly JsonObject[] {
  const known = new Set(
    entries.flatMap((entry) => httpPorts(entry).map(({ number }) => clusterName(entry.host, number))),
  );
  return entries
    .filter((entry) => httpPorts(entry).some(({ number }) => number === port))
    .map(({ host }) => {
      const service = services.find((one) => isFor(one, host));
      const http = get(get(service ?? null, "spec"), "http");
      const routes = Array.isArray(http)
        ? http.flatMap((route) => routesOf(route, port, namespace, known))
        : [{ match: { prefix: "/" }, route: action([{ name: clusterName(host, port), weight: 1 }], undefined) }];
      return { name: `${host}:${port}`, domains: [host, `${host}:${port}`], routes };
    });
}

function isFor(service: JsonValue, host: string): boolean {
  const [hosts, gateways] = [get(get(service, "spec"), "hosts"), get(get(service, "spec"), "gateways")];
  const inMesh = !Array.isArray(gateways) || gateways.length === 0 || gateways.includes("mesh");
  return inMesh && Array.isArray(hosts) && hosts.includes(host);
}

function routesOf(
  route: JsonValue,
  port: number,
  namespace: string,
  known: ReadonlySet<string>,
): readonly JsonObject[] {
  const list = get(route, "match");
  const matches = Array.isArray(list) && list.length > 0 ? list : [{}];
  const targets = get(route, "route");
  const listed = Array.isArray(targets) ? targets : [];
  const all = listed.map((target) => {
    const number = Number(get(get(get(target, "destination"), "port"), "number") ?? port);
    // One target needs no weight; of several, one without weight gets nothing.
    const weight = Number(get(target, "weight") ?? (listed.length === 1 ? 1 : 0));
    return { name: clusterName(textOf(get(get(target, "destination"), "host")), number), weight };
  });
  // Envoy refuses a route to a cluster that it does not have; istiod sends such requests nowhere.
  const weighted = all.filter(({ name, weight }) => known.has(name) && weight > 0);
  return matches
    .filter((match) => {
      const source = get(match, "sourceNamespace");
      return Number(get(match, "port") ?? port) === port && (source === undefined || source === namespace);
    })
    .map((match) => ({
      match: matchOf(match),
      ...(weighted.length === 0
        ? { direct_response: { status: 503 } }
        : { route: action(weighted, get(route, "retries"), get(route, "timeout")) }),
    }));
}

function action(
  targets: readonly { readonly name: string; readonly weight: number }[],
  retries: JsonValue | undefined,
  timeout?: JsonValue,
): JsonObject {
  const attempts = Number(get(retries ?? null, "attempts") ?? defaultAttempts);
  const on = textOf(get(retries ?? null, "retryOn")) || defaultRetryOn;
  const [only] = targets;
  return {
    ...(targets.length === 1
      ? { cluster: only!.name }
      : { weighted_clusters: { clusters: targets.map(({ name, weight }) => ({ name, weight })) } }),
    timeout: typeof timeout === "string" ? timeout : "0s",
    ...(attempts === 0
      ? {}
      : {
          retry_policy: {
            num_retries: attempts,
            retry_on: on,
            host_selection_retry_max_attempts: 5,
            retry_host_predicate: [
              {
                name: "envoy.retry_host_predicates.previous_hosts",
                typed_config: {
                  "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
                },
              },
            ],
          },
        }),
  };
}

function matchOf(match: JsonValue): JsonObject {
  const uri = get(match, "uri");
  const headers = get(match, "headers");
  const method = get(match, "method");
  const text = [
    ...(isObject(headers) ? Object.entries(headers) : []),
    ...(isObject(method) ? [[":method", method] as const] : []),
  ];
  return {
    ...pathOf(uri),
    ...(text.length === 0 ? {} : { headers: text.map(([name, value]) => ({ name, ...valueOf(value) })) }),
  };
}

function pathOf(uri: JsonValue | undefined): JsonObject {
  const [exact, prefix, regex] = [get(uri, "exact"), get(uri, "prefix"), get(uri, "regex")];
  if (exact !== undefined) return { path: textOf(exact) };
  if (regex !== undefined) return { safe_regex: { regex: textOf(regex) } };
  return { prefix: textOf(prefix) || "/" };
}

function valueOf(value: JsonValue): JsonObject {
  const [exact, prefix, regex] = [get(value, "exact"), get(value, "prefix"), get(value, "regex")];
  if (exact !== undefined) return { string_match: { exact: textOf(exact) } };
  if (prefix !== undefined) return { string_match: { prefix: textOf(prefix) } };
  if (regex !== undefined) return { string_match: { safe_regex: { regex: textOf(regex) } } };
  return { present_match: true };
}
