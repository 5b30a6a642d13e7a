import type { Labels, RoutingFact, ServiceFact, WorkloadFact } from "../model/facts.ts";
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

/** Services by the first pair of their selector, so that those of a workload are found by its labels. */
export function servicesByPair(services: readonly ServiceFact[]): ReadonlyMap<string, readonly ServiceFact[]> {
  const byPair = new Map<string, ServiceFact[]>();
  for (const service of services) {
    const key = Object.keys(service.selector).find((name) => name !== podTemplateHash);
    if (key === undefined) continue;
    const pair = `${key}\0${service.selector[key]}`;
    const list = byPair.get(pair);
    if (list === undefined) byPair.set(pair, [service]);
    else list.push(service);
  }
  return byPair;
}

/** Whether a workload names a Service itself: a rollout its versions' Services, a StatefulSet its headless one. */
export function namesService({ rollout, stateful }: WorkloadFact, service: string): boolean {
  if (stateful?.service === service) return true;
  if (rollout?.strategy === "canary") return rollout.stableService === service || rollout.canaryService === service;
  return rollout !== undefined && (rollout.activeService === service || rollout.previewService === service);
}

/**
 * Whether a rollout takes its weights from a VirtualService, or its versions from a DestinationRule. The name of a
 * VirtualService may have its namespace behind a dot.
 */
export function namesRouting({ rollout }: WorkloadFact, { kind, name, namespace }: RoutingFact): boolean {
  if (rollout?.strategy !== "canary") return false;
  const { virtualServices, destinationRule } = rollout;
  if (kind === "DestinationRule") return destinationRule?.name === name;
  return virtualServices.some((one) => one.name === name || one.name === `${name}.${namespace}`);
}

function has(labels: Labels, key: string, value: string | undefined): boolean {
  return Object.hasOwn(labels, key) && labels[key] === value;
}
