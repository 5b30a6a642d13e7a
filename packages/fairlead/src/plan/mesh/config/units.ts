const times = [
  ["h", 3600],
  ["m", 60],
] as const;

const sizes = [
  ["Gi", 1 << 30],
  ["Mi", 1 << 20],
  ["Ki", 1 << 10],
] as const;

/** Seconds as people write them: `24h`, `5m`, `45s`, `0s`, and `90s` where no larger unit fits exactly. */
export function durationText(seconds: number): string {
  return inUnits(seconds, times) ?? `${seconds}s`;
}

/** Bytes as people write them: `512Mi`. */
export function sizeText(bytes: number): string {
  return inUnits(bytes, sizes) ?? `${bytes}`;
}

/** Bytes of a text as the kind's schema allows it: a whole number, alone or with Ki, Mi or Gi. */
export function bytesOf(text: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d+)(Ki|Mi|Gi)?$/.exec(text ?? "") ?? [];
  if (digits === undefined) return undefined;
  const bytes = Number(digits) * (sizes.find(([name]) => name === unit)?.[1] ?? 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function inUnits(value: number, units: readonly (readonly [string, number])[]): string | undefined {
  for (const [unit, size] of units) if (value >= size && value % size === 0) return `${value / size}${unit}`;
  return undefined;
}
