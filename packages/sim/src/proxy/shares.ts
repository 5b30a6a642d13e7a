import type { Level, WeightedEndpoint } from "./locality.ts";

export interface Share<T> {
  readonly of: T;
  /** Of the requests, from 0 to 1. */
  readonly share: number;
}

/** Envoy's: a level takes all load until fewer than 1/1.4 of its endpoints are healthy. */
const overprovisioning = 1.4;

/**
 * Which endpoint gets which part of the requests, as Envoy's priority load balancer spreads them without panic mode
 * (istiod turns it off where outlier detection is set). Empty if nothing is healthy.
 * https://www.envoyproxy.io/docs/envoy/v1.36.0/intro/arch_overview/upstream/load_balancing/priority
 */
export function sharesOf(
  levels: readonly Level[],
  isHealthy: (endpoint: WeightedEndpoint) => boolean,
): readonly Share<WeightedEndpoint>[] {
  const healths = levels.map((level) => {
    const healthy = level.filter(isHealthy);
    return { healthy, health: Math.min(1, (overprovisioning * healthy.length) / level.length) };
  });
  const total = Math.min(
    1,
    healths.reduce((sum, { health }) => sum + health, 0),
  );
  if (total === 0) return [];
  let left = 1;
  return healths.flatMap(({ healthy, health }) => {
    const load = Math.min(left, health / total);
    left -= load;
    const weights = healthy.reduce((sum, { weight }) => sum + weight, 0);
    if (load <= 0 || weights === 0) return [];
    return healthy.map((one) => ({ of: one, share: (load * one.weight) / weights }));
  });
}
