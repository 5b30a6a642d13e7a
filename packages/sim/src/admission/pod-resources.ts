import {
  addQuantities,
  compareQuantities,
  isObject,
  parseQuantity,
  type JsonObject,
  type JsonValue,
  type Quantity,
} from "@fairlead/apimachinery";
import { field, items } from "./objects.ts";

/** Amounts by resource name, in the order of names. */
export type ResourceList = Map<string, Quantity>;

/** Reads `requests`, `limits`, `hard`, `used` …; what is no quantity is left out. */
export function resourceList(value: JsonValue | undefined): ResourceList {
  const found: ResourceList = new Map();
  if (!isObject(value)) return found;
  for (const name of Object.keys(value).sort()) {
    const amount = value[name]!;
    const quantity = typeof amount === "string" || typeof amount === "number" ? parseQuantity(amount) : undefined;
    if (quantity !== undefined) found.set(name, quantity);
  }
  return found;
}

export function addTo(into: ResourceList, more: ResourceList): void {
  for (const [name, amount] of more) {
    const before = into.get(name);
    into.set(name, before === undefined ? amount : addQuantities(before, amount));
  }
}

export function raiseTo(into: ResourceList, more: ResourceList): void {
  for (const [name, amount] of more) {
    const before = into.get(name);
    if (before === undefined || compareQuantities(amount, before) > 0) into.set(name, amount);
  }
}

type Options = {
  /** What a container counts with; its `resources` unless told. */
  readonly amounts?: (container: JsonObject, kind: "requests" | "limits") => ResourceList;
  /** `spec.overhead` is added. */
  readonly withOverhead?: boolean;
  /** Pod-level resources that may replace the sum. */
  readonly podLevel?: (name: string) => boolean;
};

const ofContainer = (container: JsonObject, kind: "requests" | "limits"): ResourceList =>
  resourceList(field(container, "resources", kind));

const cpuAndMemory = (name: string): boolean => name === "cpu" || name === "memory";

/** CPU, memory and huge pages. */
export const supportedPodLevel = (name: string): boolean => cpuAndMemory(name) || name.startsWith("hugepages-");

/**
 * What a Pod asks for: the sum of its containers and sidecars, or what its init containers need at one time (each with
 * the sidecars that were started before it), whichever is more; resources of the Pod itself replace that.
 */
export function podResources(pod: JsonObject, kind: "requests" | "limits", options: Options = {}): ResourceList {
  const { amounts = ofContainer, podLevel = cpuAndMemory } = options;
  const total: ResourceList = new Map();
  for (const container of items(pod, "spec", "containers")) addTo(total, amounts(container, kind));
  const sidecars: ResourceList = new Map();
  const initial: ResourceList = new Map();
  for (const container of items(pod, "spec", "initContainers")) {
    const own = amounts(container, kind);
    if (container["restartPolicy"] === "Always") {
      addTo(total, own);
      addTo(sidecars, own);
      raiseTo(initial, sidecars);
    } else {
      const together = new Map(own);
      addTo(together, sidecars);
      raiseTo(initial, together);
    }
  }
  raiseTo(total, initial);
  for (const [name, amount] of resourceList(field(pod, "spec", "resources", kind))) {
    if (podLevel(name)) total.set(name, amount);
  }
  if (options.withOverhead === true) addOverhead(total, resourceList(field(pod, "spec", "overhead")), kind);
  return total;
}

function addOverhead(total: ResourceList, overhead: ResourceList, kind: "requests" | "limits"): void {
  for (const [name, amount] of overhead) {
    const before = total.get(name);
    if (kind === "requests" || (before !== undefined && before.mantissa !== 0n))
      total.set(name, before === undefined ? amount : addQuantities(before, amount));
  }
}

/** Whether the Pod as a whole asks for something that replaces its containers' resources. */
export function hasPodLevelResources(pod: JsonObject): boolean {
  return ["requests", "limits"].some((kind) =>
    [...resourceList(field(pod, "spec", "resources", kind)).keys()].some(supportedPodLevel),
  );
}
