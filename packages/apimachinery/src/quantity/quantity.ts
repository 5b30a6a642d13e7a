/** How a quantity was written, which decides how it is printed: `1Gi`, `1G` or `1e9`. */
export type QuantityFormat = "BinarySI" | "DecimalSI" | "DecimalExponent";

/**
 * Kubernetes' resource.Quantity: `mantissa * 10^scale`, exact, never finer than 10^-9.
 * https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
 */
export type Quantity = {
  readonly mantissa: bigint;
  readonly scale: number;
  readonly format: QuantityFormat;
  /** The written text where Kubernetes prints it again as it was. */
  readonly text?: string;
};

const decimal = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const binary = new Map([
  ["Ki", 10],
  ["Mi", 20],
  ["Gi", 30],
  ["Ti", 40],
  ["Pi", 50],
  ["Ei", 60],
]);
const decimalSuffix = new Map([...decimal].map(([suffix, exponent]) => [exponent, suffix]));

const syntax = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const nano = -9;
const largest = 2n ** 63n - 1n;
/** Beyond it the number is nonsense, and working it out would take for ever. */
const largestExponent = 1000;
const longest = 256;

export const quantityFormatMessage =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

type Suffix = { readonly format: QuantityFormat; readonly exponent: number };

/** Reads a quantity as the API server does; undefined for text that is none. Numbers of JSON count as their text. */
export function parseQuantity(value: string | number): Quantity | undefined {
  const parsed = readQuantity(value);
  return typeof parsed === "string" ? undefined : parsed;
}

/** What the API server says of a quantity it cannot read, or undefined. */
export function quantityProblem(value: string | number): string | undefined {
  const parsed = readQuantity(value);
  return typeof parsed === "string" ? parsed : undefined;
}

function readQuantity(value: string | number): Quantity | string {
  const text = String(value).trim();
  if (text === "0") return { mantissa: 0n, scale: 0, format: "DecimalSI", text };
  const match = text.length > longest || text === "" ? null : syntax.exec(text);
  if (match === null) return quantityFormatMessage;
  const [, sign = "", whole = "", fraction = "", suffixText = ""] = match;
  const suffix = readSuffix(suffixText);
  if (suffix === undefined) return "unable to parse quantity's suffix";
  // A bare suffix is zero of it: Kubernetes strips zeros before it looks for digits.
  const digits = BigInt(whole + fraction);
  const isBinary = suffix.format === "BinarySI";
  let mantissa = isBinary ? digits << BigInt(suffix.exponent) : digits;
  let scale = (isBinary ? 0 : suffix.exponent) - fraction.length;
  let { format } = suffix;
  const keep = keepsText(whole.replace(/^0+/, "") || "0", fraction, suffix);
  if (scale < nano) [mantissa, scale] = [divideUp(mantissa, 10n ** BigInt(nano - scale)), nano];
  if (isBinary && !keep) {
    if (scale === 0 ? mantissa > largest : compareScaled(mantissa, scale, largest, 0) > 0) {
      [mantissa, scale] = [largest, 0];
    }
    if (mantissa > 0n && compareScaled(mantissa, scale, 1n, 0) < 0) format = "DecimalSI";
  }
  if (sign === "-") mantissa = -mantissa;
  return keep ? { mantissa, scale, format, text } : { mantissa, scale, format };
}

function readSuffix(suffix: string): Suffix | undefined {
  const ten = decimal.get(suffix);
  if (ten !== undefined) return { format: "DecimalSI", exponent: ten };
  const two = binary.get(suffix);
  if (two !== undefined) return { format: "BinarySI", exponent: two };
  if (!/^[eE][-+]?[0-9]+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  return Math.abs(exponent) > largestExponent ? undefined : { format: "DecimalExponent", exponent };
}

/** Kubernetes keeps text that looks canonical to its fast path, leading zeros, plus signs and all. */
function keepsText(whole: string, fraction: string, { format, exponent }: Suffix): boolean {
  if (format === "BinarySI") {
    const room = 15 - whole.length - Math.floor((exponent * 3) / 10) - 1;
    return fraction === "" && room >= 0 && BigInt(whole) % 8n !== 0n;
  }
  const scale = exponent - fraction.length;
  const shifted = whole + fraction;
  return (
    shifted.length <= 18 && scale >= nano && scale % 3 === 0 && !shifted.endsWith("000") && !shifted.startsWith("0")
  );
}

function divideUp(value: bigint, divisor: bigint): bigint {
  const negative = value < 0n;
  const size = negative ? -value : value;
  const quotient = (size + divisor - 1n) / divisor;
  return negative ? -quotient : quotient;
}

function compareScaled(a: bigint, aScale: number, b: bigint, bScale: number): number {
  const shared = Math.min(aScale, bScale);
  const left = a * 10n ** BigInt(aScale - shared);
  const right = b * 10n ** BigInt(bScale - shared);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** -1, 0 or 1. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return compareScaled(a.mantissa, a.scale, b.mantissa, b.scale);
}

/** The sum, in the format of `a` unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const scale = Math.min(a.scale, b.scale);
  const mantissa = a.mantissa * 10n ** BigInt(a.scale - scale) + b.mantissa * 10n ** BigInt(b.scale - scale);
  return { mantissa, scale, format: a.mantissa === 0n ? b.format : a.format };
}

export function negateQuantity({ mantissa, scale, format }: Quantity): Quantity {
  return { mantissa: -mantissa, scale, format };
}

/** Rounds away from zero to a multiple of `10^scale`, such as -3 for thousandths. */
export function roundQuantity(quantity: Quantity, scale: number): Quantity {
  if (quantity.scale >= scale) return quantity;
  const mantissa = divideUp(quantity.mantissa, 10n ** BigInt(scale - quantity.scale));
  return { mantissa, scale, format: quantity.format };
}

/** The canonical text: what the API server stores and shows. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.text !== undefined) return quantity.text;
  const { mantissa, scale, format } = quantity;
  if (mantissa === 0n) return "0";
  if (format === "BinarySI") {
    const size = mantissa < 0n ? -mantissa : mantissa;
    const whole = compareScaled(size, scale, 1024n, 0) < 0 ? undefined : integerOf(mantissa, scale);
    if (whole !== undefined) return formatBinary(whole);
  }
  return formatDecimal(mantissa, scale, format === "DecimalExponent");
}

function integerOf(mantissa: bigint, scale: number): bigint | undefined {
  if (scale >= 0) return mantissa * 10n ** BigInt(scale);
  const divisor = 10n ** BigInt(-scale);
  return mantissa % divisor === 0n ? mantissa / divisor : undefined;
}

function formatBinary(value: bigint): string {
  let rest = value;
  let exponent = 0;
  while (rest % 1024n === 0n && exponent < 60) {
    rest /= 1024n;
    exponent += 10;
  }
  const suffix = [...binary].find(([, candidate]) => candidate === exponent)?.[0] ?? "";
  return `${rest}${suffix}`;
}

function formatDecimal(value: bigint, scale: number, exponential: boolean): string {
  let rest = value;
  let exponent = scale;
  while (rest % 10n === 0n) {
    rest /= 10n;
    exponent++;
  }
  while (exponent % 3 !== 0) {
    rest *= 10n;
    exponent--;
  }
  if (exponent === 0) return String(rest);
  // Beyond 10^18 Kubernetes has no suffix and prints a wrong number; the exponent is right and reads back.
  const suffix = exponential ? undefined : decimalSuffix.get(exponent);
  return `${rest}${suffix ?? `e${exponent}`}`;
}

/** The canonical text of a quantity; text that is no quantity stays as it is. */
export function canonicalQuantity(value: string | number): string {
  const quantity = parseQuantity(value);
  return quantity === undefined ? String(value) : formatQuantity(quantity);
}

/** The whole number of `10^scale`, rounded away from zero: milli-CPU with -3, bytes with 0. */
export function quantityUnits(quantity: Quantity, scale = 0): bigint {
  const rounded = roundQuantity(quantity, scale);
  return rounded.mantissa * 10n ** BigInt(rounded.scale - scale);
}
