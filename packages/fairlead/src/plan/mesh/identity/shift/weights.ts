import { compareText } from "@fairlead/apimachinery";
import { shares } from "../../write/weights.ts";

/** Percents by region, together 100; a region without a share is not there. */
export type Weights = ReadonlyMap<string, number>;

/** What can be read is as long as what is written at most. */
const mostRegions = 100;
const longest = 8_192;

export function weightsOf(targets: readonly { readonly region: string; readonly weight: number }[]): Weights {
  return new Map(targets.flatMap(({ region, weight }) => (weight > 0 ? [[region, weight] as const] : [])));
}

/** `eu-west-1=70,us-east-1=30`, by name. */
export function weightsText(weights: Weights): string {
  return [...weights]
    .sort(([a], [b]) => compareText(a, b))
    .map(([region, weight]) => `${region}=${weight}`)
    .join(",");
}

/** Undefined for anything but whole percents that add up to 100. */
export function parseWeights(text: unknown): Weights | undefined {
  if (typeof text !== "string" || text.length > longest) return undefined;
  const weights = new Map<string, number>();
  const parts = text.split(",");
  if (parts.length > mostRegions) return undefined;
  for (const part of parts) {
    const [, region, weight] = /^([^=]+)=([1-9]\d{0,2})$/.exec(part) ?? [];
    if (region === undefined || weights.has(region)) return undefined;
    weights.set(region, Number(weight));
  }
  const sum = [...weights.values()].reduce((all, weight) => all + weight, 0);
  return sum === 100 ? weights : undefined;
}

/**
 * Weights that are at most `percent` points nearer to the wanted ones: who gains and who loses does so in proportion to
 * what it has before it. Always whole percents, 100 together, and never past the wanted ones.
 */
export function stepTowards(have: Weights, wanted: Weights, percent: number): Weights {
  const regions = [...new Set([...have.keys(), ...wanted.keys()])].sort(compareText);
  const deltas = regions.map((region) => (wanted.get(region) ?? 0) - (have.get(region) ?? 0));
  const left = deltas.reduce((sum, delta) => sum + Math.max(0, delta), 0);
  if (left <= percent) return wanted;
  const gains = shares(
    deltas.map((delta) => Math.max(0, delta)),
    percent,
  );
  const losses = shares(
    deltas.map((delta) => Math.max(0, -delta)),
    percent,
  );
  return weightsOf(
    regions.map((region, at) => ({ region, weight: (have.get(region) ?? 0) + gains[at]! - losses[at]! })),
  );
}
