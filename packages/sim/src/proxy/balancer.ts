import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { placeOf, type CallerPlace, type WeightedEndpoint } from "./locality.ts";
import type { RouteDestination } from "./match-route.ts";
import { millisecondsOf } from "./match-route.ts";
import { numberOf, type MeshTable } from "./mesh-table.ts";
import { createOutlierDetector, type OutlierDetector, type OutlierLimits, type RequestOutcome } from "./outlier.ts";
import { resolve, type Resolved } from "./resolve.ts";
import { sharesOf } from "./shares.ts";

/** One endpoint that was chosen for a request; how it went has to be told. */
export interface Choice {
  readonly address: string;
  readonly port: number;
  readonly locality: string;
  /** How long the connection may take to be made: the rule's word, or Istio's default. */
  readonly connectTimeoutMs: number;
  /** Tells how it went: passive health of the endpoint depends on it. */
  end(outcome: RequestOutcome): void;
}

/**
 * What one proxy of a cluster remembers of endpoints: the state of outlier detection per host and port. It survives a
 * change of the objects for the endpoints that stay.
 */
export interface Balancer {
  /** The proxy's objects from now on. */
  update(table: MeshTable): void;
  readonly table: MeshTable;
  /**
   * An endpoint for a destination; `avoid` are addresses that this request was tried at. Undefined: nothing healthy is
   * left, or the host is unknown here.
   */
  choose(
    namespace: string,
    caller: CallerPlace,
    destination: Pick<RouteDestination, "host" | "port" | "subset">,
    avoid: ReadonlySet<string>,
  ): Choice | undefined;
}

export interface BalancerOptions {
  readonly table: MeshTable;
  /** Milliseconds, from anywhere. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export function createBalancer({ table: first, now, random }: BalancerOptions): Balancer {
  let table = first;
  const detectors = new Map<string, { readonly of: string; readonly detector: OutlierDetector }>();
  // What the objects say to a caller holds until they change.
  let known = new WeakMap<CallerPlace, Map<string, Known>>();

  function look(
    namespace: string,
    caller: CallerPlace,
    destination: Pick<RouteDestination, "host" | "port" | "subset">,
  ): Known | undefined {
    const key = `${destination.host}:${destination.port}/${destination.subset}`;
    const own = known.get(caller) ?? new Map<string, Known>();
    known.set(caller, own);
    const place = `${namespace} ${key}`;
    if (own.has(place)) return own.get(place);
    const found = resolve(table, namespace, caller, destination);
    const addresses = [...new Set(found?.levels.flat().map(({ endpoint }) => endpoint.address))].sort();
    const answer = found === undefined ? undefined : { found, detector: detectorOf(key, found.policy, addresses) };
    // Callers ask for whatever host they like.
    if (answer !== undefined) own.set(place, answer);
    return answer;
  }

  function detectorOf(key: string, policy: JsonObject, endpoints: readonly string[]): OutlierDetector | undefined {
    const limits = limitsOf(policy);
    if (limits === undefined) return undefined;
    const of = JSON.stringify([limits, endpoints]);
    const before = detectors.get(key);
    if (before?.of === of) return before.detector;
    const detector = createOutlierDetector(limits, endpoints, before?.detector);
    detectors.set(key, { of, detector });
    return detector;
  }

  return {
    update(next) {
      table = next;
      known = new WeakMap();
    },
    get table() {
      return table;
    },
    choose(namespace, caller, destination, avoid) {
      const place = look(namespace, caller, destination);
      if (place === undefined) return undefined;
      const { found, detector } = place;
      const healthy = ({ endpoint }: WeightedEndpoint) => detector?.isEjected(endpoint.address, now()) !== true;
      const shares = sharesOf(found.levels, healthy);
      const fresh = shares.filter(({ of }) => !avoid.has(of.endpoint.address));
      const chosen = pick(fresh.length > 0 ? fresh : shares, random());
      if (chosen === undefined) return undefined;
      const { endpoint } = chosen;
      return {
        address: endpoint.address,
        port: endpoint.ports[found.port.name] ?? found.port.number,
        locality: placeOf(endpoint),
        connectTimeoutMs: connectTimeoutOf(found.policy),
        end: (outcome) => detector?.record(endpoint.address, outcome, now()),
      };
    },
  };
}

interface Known {
  readonly found: Resolved;
  readonly detector: OutlierDetector | undefined;
}

function pick(
  shares: readonly { readonly of: WeightedEndpoint; readonly share: number }[],
  roll: number,
): WeightedEndpoint | undefined {
  let left = roll * shares.reduce((sum, { share }) => sum + share, 0);
  for (const { of, share } of shares) {
    left -= share;
    if (left < 0) return of;
  }
  return shares.at(-1)?.of;
}

/** `connectionPool.tcp.connectTimeout`; 10 s unless told, as `connectTimeout` of Istio's mesh configuration is. */
function connectTimeoutOf(policy: JsonObject): number {
  const text = get(get(get(policy, "connectionPool"), "tcp"), "connectTimeout");
  return (typeof text === "string" ? millisecondsOf(text) : undefined) ?? 10_000;
}

/** https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection, with its defaults. */
function limitsOf(policy: JsonObject): OutlierLimits | undefined {
  const detection = policy["outlierDetection"];
  if (!isObject(detection)) return undefined;
  const duration = (field: string, otherwise: number): number => {
    const text = get(detection, field);
    return (typeof text === "string" ? millisecondsOf(text) : undefined) ?? otherwise;
  };
  return {
    consecutiveGatewayErrors: numberOf(detection["consecutiveGatewayErrors"]) ?? 0,
    consecutive5xxErrors: numberOf(detection["consecutive5xxErrors"]) ?? 5,
    intervalMs: Math.max(1, duration("interval", 10_000)),
    baseEjectionMs: duration("baseEjectionTime", 30_000),
    maxEjectionPercent: numberOf(detection["maxEjectionPercent"]) ?? 10,
  };
}
