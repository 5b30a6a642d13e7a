import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { hostMatches, isVisible, numberOf, objectsOf, texts, type MeshTable } from "./mesh-table.ts";

/** What a caller asks for. Header names are lower case. */
export interface MeshRequest {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
}

export interface RouteDestination {
  readonly host: string;
  readonly port: number;
  readonly subset: string;
  /** Of the requests of this route, from 0 to 1. */
  readonly share: number;
}

export interface ChosenRoute {
  readonly destinations: readonly RouteDestination[];
  readonly retries: { readonly attempts: number; readonly on: readonly string[] };
  readonly timeoutMs: number | undefined;
  /** The VirtualService and route that say so; undefined: no object does. */
  readonly by: { readonly object: string; readonly route: string } | undefined;
}

/** Istio's, when nothing is said: https://istio.io/latest/docs/concepts/traffic-management/#retries */
const defaultRetries = {
  attempts: 2,
  on: ["connect-failure", "refused-stream", "unavailable", "cancelled"],
};

/** Which route a sidecar takes for a request; a host without VirtualService leads to itself. */
export function routeOf(table: MeshTable, namespace: string, request: MeshRequest): ChosenRoute {
  const service = table.routes.find(
    (one) =>
      isVisible(one, namespace) &&
      (one.gateways.length === 0 || one.gateways.includes("mesh")) &&
      one.hosts.some((host) => hostMatches(host, request.host)),
  );
  const itself = { host: request.host, port: request.port, subset: "", share: 1 };
  const straight: ChosenRoute = {
    destinations: [itself],
    retries: defaultRetries,
    timeoutMs: undefined,
    by: undefined,
  };
  if (service === undefined) return straight;
  const http = service.http.find((route) => matches(route, request, namespace));
  const found = http ?? service.tcp.find((route) => matchesPort(route, request.port));
  // A VirtualService without a route for the request leaves only a 404.
  if (found === undefined) return { ...straight, destinations: [], by: { object: service.object, route: "" } };
  const name = textOf(found["name"]);
  return {
    destinations: destinationsOf(found, request.port),
    retries: retriesOf(found["retries"]),
    timeoutMs: millisecondsOf(textOf(found["timeout"])),
    by: { object: service.object, route: name },
  };
}

/** The route that a gateway takes for a connection by its SNI; undefined: it passes it through to the host. */
export function sniRouteOf(table: MeshTable, sni: string): ChosenRoute | undefined {
  for (const service of table.routes) {
    if (service.gateways.length === 0) continue;
    const found = service.tls.find((route) =>
      objectsOf(route["match"]).some((match) => texts(match["sniHosts"]).some((host) => hostMatches(host, sni))),
    );
    if (found === undefined) continue;
    return {
      destinations: destinationsOf(found, 0),
      retries: { attempts: 0, on: [] },
      timeoutMs: undefined,
      by: { object: service.object, route: sni },
    };
  }
  return undefined;
}

function destinationsOf(route: JsonObject, port: number): readonly RouteDestination[] {
  const listed = objectsOf(route["route"]).map((one) => ({
    host: textOf(get(one["destination"], "host")),
    subset: textOf(get(one["destination"], "subset")),
    port: numberOf(get(get(one["destination"], "port"), "number")) ?? port,
    weight: numberOf(one["weight"]),
  }));
  // One destination needs no weight; of several, one without weight gets nothing.
  if (listed.length === 1) return listed.map(({ weight: _weight, ...one }) => ({ ...one, share: 1 }));
  const total = listed.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  return listed.flatMap(({ weight = 0, ...one }) => (weight > 0 ? [{ ...one, share: weight / total }] : []));
}

function matches(route: JsonObject, request: MeshRequest, namespace: string): boolean {
  const list = objectsOf(route["match"]);
  return list.length === 0 || list.some((match) => matchesOne(match, request, namespace));
}

function matchesOne(match: JsonObject, request: MeshRequest, namespace: string): boolean {
  const uri = match["ignoreUriCase"] === true ? request.path.toLowerCase() : request.path;
  const port = numberOf(match["port"]);
  if (port !== undefined && port !== request.port) return false;
  const source = textOf(match["sourceNamespace"]);
  if (source !== "" && source !== namespace) return false;
  if (!matchesText(match["uri"], uri.split("?")[0]!) || !matchesText(match["authority"], request.host)) return false;
  if (!matchesText(match["method"], request.method)) return false;
  const headers = isObject(match["headers"]) ? Object.entries(match["headers"]) : [];
  const without = isObject(match["withoutHeaders"]) ? Object.entries(match["withoutHeaders"]) : [];
  const has = ([name, want]: [string, JsonValue]): boolean => {
    const value = request.headers[name.toLowerCase()];
    return value !== undefined && matchesText(want, value);
  };
  return headers.every(has) && !without.some(has);
}

function matchesPort(route: JsonObject, port: number): boolean {
  const list = objectsOf(route["match"]);
  return list.length === 0 || list.some((match) => (numberOf(match["port"]) ?? port) === port);
}

function matchesText(match: JsonValue | undefined, text: string): boolean {
  if (!isObject(match)) return true;
  const { exact, prefix, regex } = match;
  if (typeof exact === "string") return text === exact;
  if (typeof prefix === "string") return text.startsWith(prefix);
  if (typeof regex === "string") return wholeMatch(regex, text);
  return true;
}

function wholeMatch(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "v").test(text.slice(0, longestText));
  } catch {
    return false;
  }
}

/** Patterns are JavaScript's here and may go back; nothing longer is tried. */
const longestText = 1_024;

function retriesOf(value: JsonValue | undefined): ChosenRoute["retries"] {
  if (!isObject(value)) return defaultRetries;
  const on = textOf(value["retryOn"]);
  return { attempts: numberOf(value["attempts"]) ?? 0, on: on === "" ? defaultRetries.on : on.split(",") };
}

/** `1.5s`, `200ms`, `1m`, `1h30m`: durations as Istio writes them, in milliseconds. */
export function millisecondsOf(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const units: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) sum += Number(number) * units[unit!]!;
  return sum;
}
