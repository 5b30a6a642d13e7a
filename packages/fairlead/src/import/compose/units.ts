import type { JsonValue } from "@fairlead/apimachinery";

const seconds: { readonly [unit: string]: number } = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 };

/** Seconds of a Compose duration such as `1m30s`; undefined when it is none. */
export function durationSeconds(value: JsonValue | undefined): number | undefined {
  const text = typeof value === "number" ? `${value}s` : value;
  if (typeof text !== "string" || !/^(\d+(\.\d+)?(h|ms|m|s|us|ns))+$/.test(text)) return text === "0" ? 0 : undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|ns)/g)) {
    sum += Number(number) * seconds[unit!]!;
  }
  return sum;
}

const bytes: { readonly [unit: string]: number } = {
  "": 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};
const suffixes: readonly (readonly [string, number])[] = [
  ["Gi", 2 ** 30],
  ["Mi", 2 ** 20],
  ["Ki", 2 ** 10],
];

/** A Kubernetes quantity of a Compose size such as `512m` or `1.5gb`, whose units are binary. */
export function byteQuantity(value: JsonValue | undefined): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgtp]?)(i?b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const count = Math.ceil(Number(match[1]) * bytes[match[2]!.toLowerCase()]!);
  if (!Number.isSafeInteger(count)) return undefined;
  for (const [suffix, size] of suffixes) if (count >= size && count % size === 0) return `${count / size}${suffix}`;
  return String(count);
}

/** A Kubernetes quantity of a number of CPUs such as `0.5`. */
export function cpuQuantity(value: JsonValue | undefined): string | undefined {
  const count =
    typeof value === "number" ? value : typeof value === "string" && /^\d*\.?\d+$/.test(value) ? Number(value) : NaN;
  if (!Number.isFinite(count) || count < 0) return undefined;
  const milli = Math.ceil(Math.round(count * 1e6) / 1000);
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

/** An integer, also as the string that a substituted variable leaves behind. */
export function integer(value: JsonValue | undefined): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === "string" && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : undefined;
}

/** A boolean, also as the string that a substituted variable leaves behind. */
export function boolean(value: JsonValue | undefined): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return undefined;
  if (/^(true|yes|on|y|1)$/i.test(value)) return true;
  return /^(false|no|off|n|0)$/i.test(value) ? false : undefined;
}
