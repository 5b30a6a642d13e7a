/** Whole percents in proportion to the weights, 100 together; what has a share keeps at least one. */
export function percentages(weights: readonly number[]): number[] {
  return shares(weights, 100);
}

/** `total` in whole parts in proportion to the weights; remainders go to those who lose most, the first of equals. */
export function shares(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (sum <= 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (weight * total) / sum);
  const parts = exact.map(Math.floor);
  const byLoss = exact
    .map((value, at) => ({ at, loss: value - parts[at]! }))
    .sort((a, b) => b.loss - a.loss || a.at - b.at);
  let left = total - parts.reduce((all, part) => all + part, 0);
  for (const { at } of byLoss) {
    if (left-- <= 0) break;
    parts[at]!++;
  }
  for (const [at, weight] of weights.entries()) {
    if (weight <= 0 || parts[at]! > 0) continue;
    const richest = parts.indexOf(Math.max(...parts));
    if (parts[richest]! <= 1) break;
    parts[richest]!--;
    parts[at] = 1;
  }
  return parts;
}

/** 100 in equal parts, the remainder to the first ones: 34, 33, 33. */
export function equalShares(count: number, total = 100): number[] {
  return Array.from({ length: count }, (_, at) => Math.floor(total / count) + (at < total % count ? 1 : 0));
}
