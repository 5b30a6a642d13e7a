import type { HostIntent } from "../model/intent.ts";

export const tierLabel = "mesh.fairlead.dev/tier-";

/**
 * Regions by choice: those with a share first, then the standbys in their order, then everybody else. Only for a host
 * whose traffic goes to one region while that can serve; undefined for others.
 */
export function tiersOf(host: HostIntent): readonly (readonly string[])[] | undefined {
  const { locality } = host.traffic;
  if (locality.kind !== "regions" || locality.targets.filter(({ weight }) => weight > 0).length !== 1) return undefined;
  const served = new Set(host.backends.map(({ region }) => region));
  const ordered = locality.targets.toSorted((a, b) => b.weight - a.weight).map(({ region }) => region);
  const tiers: string[][] = ordered.filter((region) => served.delete(region)).map((region) => [region]);
  if (served.size > 0) tiers.push([...served].sort());
  return tiers;
}

/**
 * Labels of an endpoint in a region: of the first choice all, of the second all but the last, of the last none. Istio
 * counts how many of a list of labels match one after the other, and prefers those with more.
 */
export function tierLabels(
  tiers: readonly (readonly string[])[],
  region: string,
): { readonly [label: string]: string } {
  const at = tiers.findIndex((tier) => tier.includes(region));
  const labels: { [label: string]: string } = {};
  for (let i = 1; i < tiers.length - Math.max(at, 0); i++) labels[`${tierLabel}${i}`] = "1";
  return labels;
}

/** `failoverPriority` for the tiers: empty if there is nothing to choose from. */
export function tierPriorities(tiers: readonly (readonly string[])[]): readonly string[] {
  return tiers.slice(1).map((_, at) => `${tierLabel}${at + 1}=1`);
}
