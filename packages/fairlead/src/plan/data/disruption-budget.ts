import type { KrmObject } from "@fairlead/krm";
import type { Pool } from "./pool.ts";

/** One pod may be missing: that protects two replicas and never blocks the drain of one, as `minAvailable: 1` did. */
export function poolDisruptionBudget({ metadata, selector }: Pool): KrmObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(),
    spec: { maxUnavailable: 1, selector: { matchLabels: { ...selector } } },
  };
}
