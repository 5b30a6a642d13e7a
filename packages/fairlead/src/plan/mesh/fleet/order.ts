import { compareText } from "@fairlead/apimachinery";
import type { Place } from "../model/facts.ts";

type Kinded = Place & { readonly kind?: string };

/** By cluster, namespace, name and kind. */
export function byPlace(a: Kinded, b: Kinded): number {
  return (
    compareText(a.cluster, b.cluster) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name) ||
    compareText(a.kind ?? "", b.kind ?? "")
  );
}

/** The oldest first; ties by place. */
export function byAge(a: Kinded & { readonly createdAt: string }, b: Kinded & { readonly createdAt: string }): number {
  return compareText(a.createdAt, b.createdAt) || byPlace(a, b);
}

/** Where an item is in a sorted list, or the complement of where it would be. */
export function search<T>(list: readonly T[], item: T, compare: (a: T, b: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compare(list[middle]!, item);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return ~low;
}

/** Puts an item into a sorted list in place of its equal. */
export function putSorted<T>(list: T[], item: T, compare: (a: T, b: T) => number): void {
  const at = search(list, item, compare);
  if (at >= 0) list[at] = item;
  else list.splice(~at, 0, item);
}

export function removeSorted<T>(list: T[], item: T, compare: (a: T, b: T) => number): void {
  const at = search(list, item, compare);
  if (at >= 0) list.splice(at, 1);
}

export function sortedUnique(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort(compareText);
}
