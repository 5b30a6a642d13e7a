import type { AdmiralKind } from "./admiral-kind.ts";
import { clientConnectionConfig } from "./client-connection-config.ts";
import { dependencyProxy } from "./dependency-proxy.ts";
import { dependency } from "./dependency.ts";
import { globalTrafficPolicy } from "./global-traffic-policy.ts";
import { outlierDetection } from "./outlier-detection.ts";
import { routingPolicy } from "./routing-policy.ts";
import { trafficConfig } from "./traffic-config.ts";

/** The kinds of `admiral.io/v1alpha1`, in the order of the reference. */
export const admiralKinds: readonly AdmiralKind[] = [
  dependency,
  globalTrafficPolicy,
  outlierDetection,
  clientConnectionConfig,
  routingPolicy,
  trafficConfig,
  dependencyProxy,
];

/** A kind of this group by its name. */
export function admiralKind(kind: string): AdmiralKind | undefined {
  return admiralKinds.find((one) => one.kind === kind);
}
