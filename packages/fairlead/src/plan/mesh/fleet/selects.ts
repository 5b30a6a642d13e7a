import type { Labels, ServiceFact, WorkloadFact } from "../model/facts.ts";
import type { DiscoverySettings } from "../model/settings.ts";

/** What the controller of rollouts adds to the selectors of its Services. */
const podTemplateHash = "rollouts-pod-template-hash";

/**
 * Whether a Service of the same namespace selects the pods of a workload: by the labels of its pod template, or, as the
 * predecessor does it, by those of its selector. A Service that selects nothing selects nobody.
 */
export function serviceSelects(
  service: ServiceFact,
  workload: WorkloadFact,
  { serviceMatch }: Pick<DiscoverySettings, "serviceMatch">,
): boolean {
  const labels = serviceMatch === "selector" ? workload.selector : workload.labels;
  let pairs = 0;
  for (const key in service.selector) {
    if (!Object.hasOwn(service.selector, key)) continue;
    if (key === podTemplateHash) continue;
    if (!has(labels, key, service.selector[key])) return false;
    pairs++;
  }
  return pairs > 0;
}

/** Whether a workload names a Service itself: a rollout its versions' Services, a StatefulSet its headless one. */
export function namesService({ rollout, stateful }: WorkloadFact, service: string): boolean {
  if (stateful?.service === service) return true;
  if (rollout?.strategy === "canary") return rollout.stableService === service || rollout.canaryService === service;
  return rollout !== undefined && (rollout.activeService === service || rollout.previewService === service);
}

function has(labels: Labels, key: string, value: string | undefined): boolean {
  return Object.hasOwn(labels, key) && labels[key] === value;
}
