const units = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);
const largest = 2n ** 63n;

/** Nanoseconds of a duration as Go writes it (`1h30m`, `500ms`, `-1.5s`), or undefined. */
export function parseDuration(text: string): bigint | undefined {
  const parsed = readDuration(text);
  return typeof parsed === "bigint" ? parsed : undefined;
}

/** What Go says of text that is no duration. */
export function durationProblem(text: string): string | undefined {
  const parsed = readDuration(text);
  return typeof parsed === "bigint" ? undefined : parsed;
}

function readDuration(text: string): bigint | string {
  const invalid = `time: invalid duration ${JSON.stringify(text)}`;
  if (text.length > 100) return invalid;
  const negative = text.startsWith("-");
  let rest = /^[+-]/.test(text) ? text.slice(1) : text;
  if (rest === "0") return 0n;
  if (rest === "") return invalid;
  let total = 0n;
  while (rest !== "") {
    const match = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest)!;
    const [all, whole = "", fraction = "", unit = ""] = match;
    if (whole === "" && fraction === "") return invalid;
    if (unit === "") return `time: missing unit in duration ${JSON.stringify(text)}`;
    const size = units.get(unit);
    if (size === undefined) return `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
    total += BigInt(whole || "0") * size;
    if (fraction !== "") total += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
    if (total > largest || (total === largest && !negative)) return invalid;
    rest = rest.slice(all.length);
  }
  return negative ? -total : total;
}
