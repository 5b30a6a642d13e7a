import { formatQuantity, type Quantity } from "@fairlead/apimachinery";
import type { ResourceList } from "../pod-resources.ts";

export function amount(value: number): Quantity {
  return { mantissa: BigInt(value), scale: 0, format: "DecimalSI" };
}

/** `cpu=2,memory=1Gi`, in the order of names, as messages of quotas show amounts. */
export function amountsText(list: ResourceList): string {
  return [...list]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, quantity]) => `${name}=${formatQuantity(quantity)}`)
    .join(",");
}

export function only(list: ResourceList, names: Iterable<string>): ResourceList {
  const wanted = new Set(names);
  return new Map([...list].filter(([name]) => wanted.has(name)));
}
