import { addQuantities, get, parseQuantity, quantityUnits, textOf, type JsonObject } from "@fairlead/apimachinery";

/** What a container of a pod uses now, in thousandths of the unit (processors, bytes); undefined if nobody knows. */
export type PodMetrics = (pod: JsonObject, container: string, resource: string) => number | undefined;

const prefix = "sim.fairlead.dev/";

/**
 * Annotations of the pod say it: `sim.fairlead.dev/cpu: 50m` for each container, `sim.fairlead.dev/cpu.web: 50m` for
 * one; the same for `memory`.
 */
export const annotatedMetrics: PodMetrics = (pod, container, resource) => {
  const annotations = get(pod["metadata"], "annotations");
  const said = get(annotations, `${prefix}${resource}.${container}`) ?? get(annotations, `${prefix}${resource}`);
  const quantity = said === undefined ? undefined : parseQuantity(textOf(said));
  return quantity === undefined ? undefined : Number(quantityUnits(quantity, -3));
};

export interface Usage {
  readonly pod: string;
  readonly milli: number;
}

function containersOf(pod: JsonObject): readonly string[] {
  const list = get(pod["spec"], "containers");
  return (Array.isArray(list) ? list : []).map((one) => textOf(get(one, "name")));
}

/** The use of pods that all of their containers are known of, or that one is, by name. */
export function usageOf(
  pods: readonly JsonObject[],
  resource: string,
  container: string,
  metrics: PodMetrics,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const pod of pods) {
    const names = container === "" ? containersOf(pod) : [container];
    const amounts = names.map((name) => metrics(pod, name, resource));
    if (amounts.length === 0 || amounts.some((one) => one === undefined)) continue;
    const sum = amounts.reduce((total: number, one) => total + one!, 0);
    found.set(textOf(get(pod["metadata"], "name")), sum);
  }
  return found;
}

/** What a pod asks for, in thousandths; or why that cannot be told. */
export function requestOf(pod: JsonObject, resource: string, container: string): number | string {
  const podName = textOf(get(pod["metadata"], "name"));
  const pooled = parseQuantity(textOf(get(get(get(pod["spec"], "resources"), "requests"), resource)));
  if (container === "" && pooled !== undefined) return Number(quantityUnits(pooled, -3));
  const inits = get(pod["spec"], "initContainers");
  const sidecars = (Array.isArray(inits) ? inits : []).filter((one) => get(one, "restartPolicy") === "Always");
  const mains = get(pod["spec"], "containers");
  let total = parseQuantity("0")!;
  for (const one of [...(Array.isArray(mains) ? mains : []), ...sidecars]) {
    const name = textOf(get(one, "name"));
    if (container !== "" && container !== name) continue;
    const amount = parseQuantity(textOf(get(get(get(one, "resources"), "requests"), resource)));
    if (amount === undefined) return `missing request for ${resource} in container ${name} of Pod ${podName}`;
    total = addQuantities(total, amount);
    if (container === name) return Number(quantityUnits(total, -3));
  }
  return container === "" ? Number(quantityUnits(total, -3)) : `container ${container} not found in Pod ${podName}`;
}
