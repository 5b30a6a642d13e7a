/** Drops what Go's `omitempty` leaves out: missing values, zeros, empty texts, lists and objects. */
export function withoutEmpty<T extends object>(object: T, keep: readonly (keyof T)[] = []): T {
  const entries = Object.entries(object).filter(([key, value]) => keep.includes(key as keyof T) || !isEmpty(value));
  return Object.fromEntries(entries) as T;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === 0 || value === "" || value === false || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return false;
}

export type IntOrPercent = number | string;

/** The number that `25%` of `total` or a plain number is; undefined for a text that is neither. */
export function scaled(value: IntOrPercent, total: number, roundUp: boolean): number | undefined {
  if (typeof value === "number") return value;
  const match = /^(\d+)%$/.exec(value);
  if (match === null) return undefined;
  const share = (Number(match[1]) * total) / 100;
  return roundUp ? Math.ceil(share) : Math.floor(share);
}

/** The sum of a number that each item has. */
export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
