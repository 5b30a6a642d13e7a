/** Istio's `outlierDetection`, in numbers. Limits of 0 are off. */
export interface OutlierLimits {
  readonly consecutiveGatewayErrors: number;
  readonly consecutive5xxErrors: number;
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionPercent: number;
}

/** How a request ended, as the proxy sees it: `gateway` is 502, 503, 504, or that there was no answer at all. */
export type RequestOutcome = "ok" | "server" | "gateway";

interface Health {
  gateway: number;
  server: number;
  /** How often it was ejected; every quiet interval takes one off. */
  times: number;
  until: number | undefined;
}

/**
 * Passive health of the endpoints of one cluster of Envoy: consecutive errors eject at once, a sweep at every interval
 * lets back in whose time is over. Pure: the caller brings the time in milliseconds.
 * https://www.envoyproxy.io/docs/envoy/v1.36.0/intro/arch_overview/upstream/outlier
 */
export interface OutlierDetector {
  record(endpoint: string, outcome: RequestOutcome, now: number): void;
  isEjected(endpoint: string, now: number): boolean;
  /** What it remembers of an endpoint. */
  healthOf(endpoint: string): Readonly<Health> | undefined;
}

/** Envoy's `max_ejection_time`, which Istio does not set. */
const longestEjectionMs = 300_000;

/** `before`: a detector whose memory of the endpoints that stay is taken over. */
export function createOutlierDetector(
  limits: OutlierLimits,
  endpoints: readonly string[],
  before?: Pick<OutlierDetector, "healthOf">,
): OutlierDetector {
  const healths = new Map<string, Health>(
    endpoints.map((one) => [one, { gateway: 0, server: 0, times: 0, until: undefined, ...before?.healthOf(one) }]),
  );
  let lastSweep: number | undefined;

  function sweep(now: number): void {
    lastSweep ??= now;
    while (now - lastSweep >= limits.intervalMs) {
      lastSweep += limits.intervalMs;
      for (const health of healths.values()) {
        if (health.until === undefined) health.times = Math.max(0, health.times - 1);
        else if (health.until <= lastSweep) {
          health.until = undefined;
          health.gateway = 0;
          health.server = 0;
        }
      }
    }
  }

  function mayEject(): boolean {
    const ejected = [...healths.values()].filter(({ until }) => until !== undefined).length;
    // Envoy lets at least one go, whatever the percentage.
    return ejected === 0 || ((ejected + 1) / healths.size) * 100 <= limits.maxEjectionPercent;
  }

  return {
    record(endpoint, outcome, now) {
      sweep(now);
      const health = healths.get(endpoint);
      if (health === undefined) return;
      health.gateway = outcome === "gateway" ? health.gateway + 1 : 0;
      health.server = outcome === "ok" ? 0 : health.server + 1;
      const over =
        (limits.consecutiveGatewayErrors > 0 && health.gateway >= limits.consecutiveGatewayErrors) ||
        (limits.consecutive5xxErrors > 0 && health.server >= limits.consecutive5xxErrors);
      if (!over || health.until !== undefined || !mayEject()) return;
      health.times += 1;
      health.until =
        now + Math.min(limits.baseEjectionMs * health.times, Math.max(longestEjectionMs, limits.baseEjectionMs));
    },
    isEjected(endpoint, now) {
      sweep(now);
      return healths.get(endpoint)?.until !== undefined;
    },
    healthOf: (endpoint) => healths.get(endpoint),
  };
}
