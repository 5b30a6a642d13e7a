import { get, parseQuantity, quantityUnits, type JsonValue } from "@fairlead/apimachinery";
import { asJson } from "../../../controllers/common/objects.ts";
import { containersOf, type FieldRef, type ProcessPod, type ResourceFieldRef } from "../pod-types.ts";

/** What the node adds to what the pod says. */
export interface PodFacts {
  readonly pod: ProcessPod;
  /** Of the pod; empty as long as it has none. */
  readonly address: string;
  readonly hostAddress: string;
  /** Of the node: what a container without a limit may use. */
  readonly allocatable: { readonly cpu: string; readonly memory: string };
}

/** The value of a field of the pod as a text; undefined for a field that there is not. */
export function fieldValue({ fieldPath }: FieldRef, facts: PodFacts): string | undefined {
  const { pod, address, hostAddress } = facts;
  const key = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (key !== null) return pod.metadata[key[1] as "labels" | "annotations"]?.[key[2]!] ?? "";
  switch (fieldPath) {
    case "metadata.labels":
      return listing(pod.metadata.labels);
    case "metadata.annotations":
      return listing(pod.metadata.annotations);
    case "status.podIP":
    case "status.podIPs":
      return address;
    case "status.hostIP":
    case "status.hostIPs":
      return hostAddress;
    default: {
      let value: JsonValue | undefined = asJson(pod);
      for (const part of fieldPath.split(".")) value = get(value, part);
      return value === undefined || typeof value === "object" ? undefined : String(value);
    }
  }
}

/** As the downward API writes maps: `key="value"`, one a line, ordered. */
function listing(map: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join("\n");
}

/** A limit or request of a container, divided and rounded up; what the node has where there is no limit. */
export function resourceValue(ref: ResourceFieldRef, own: string, { pod, allocatable }: PodFacts): string | undefined {
  const container = containersOf(pod).find(({ name }) => name === (ref.containerName ?? own));
  const match = /^(limits|requests)\.(.+)$/.exec(ref.resource);
  if (container === undefined || match === null) return undefined;
  const [, list, resource] = match as unknown as [string, "limits" | "requests", string];
  const named = container.resources?.[list]?.[resource];
  const whole = resource === "cpu" ? allocatable.cpu : resource === "memory" ? allocatable.memory : "0";
  const amount = parseQuantity(named ?? (list === "limits" ? whole : "0"));
  const divisor = parseQuantity(ref.divisor === undefined || String(ref.divisor) === "0" ? "1" : ref.divisor);
  if (amount === undefined || divisor === undefined) return undefined;
  const [dividend, by] = [quantityUnits(amount, -3), quantityUnits(divisor, -3)];
  return by === 0n ? undefined : String((dividend + by - 1n) / by);
}
