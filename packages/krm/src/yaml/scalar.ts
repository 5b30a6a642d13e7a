import type { JsonValue } from "@fairlead/apimachinery";

const words = new Map<string, boolean | null>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((w) => [w, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((w) => [w, false] as const),
  ...["~", "null", "Null", "NULL", ""].map((w) => [w, null] as const),
]);
const infinities = new Map<string, number>([
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((w) => [w, Infinity] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((w) => [w, -Infinity] as const),
  ...[".nan", ".NaN", ".NAN"].map((w) => [w, NaN] as const),
]);

const floatPattern = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Behind a leading point, underscores stand between digits only: Go's own rule. */
const separatedDigits = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const integerPattern = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)$/;

/**
 * What kubectl makes of an unquoted scalar: sigs.k8s.io/yaml on goyaml.v2, that is YAML 1.1 booleans and octals,
 * underscores in numbers, `0o` and `0b`, no sexagesimal numbers, and timestamps that stay strings. Integers keep every
 * digit: what a double would change comes back as `JSON.rawJSON`. NaN and the infinities come back as such, because
 * JSON cannot hold them and the caller refuses them.
 */
export function resolvePlain(text: string): JsonValue {
  if (text === "") return null;
  const c = text.charCodeAt(0);
  if (c > 57) {
    // y n t f o, in both cases, and ~ begin the words; everything else is text.
    const lower = c | 32;
    const maybeWord = lower === 121 || lower === 110 || lower === 116 || lower === 102 || lower === 111 || c === 126;
    if (!maybeWord || text.length > 5) return text;
    const word = words.get(text);
    return word === undefined ? text : word;
  }
  if (c === 46)
    return infinities.get(text) ?? decimal(separatedDigits.test(text) ? text.replaceAll("_", "") : text, text);
  if (c < 48 && c !== 45 && c !== 43) return text;
  return resolveNumber(text);
}

function resolveNumber(text: string): JsonValue {
  const special = infinities.get(text);
  if (special !== undefined) return special;
  let plain = text.includes("_") ? text.replaceAll("_", "") : text;
  // Go strips the prefix and reads what remains as a signed number.
  const signedBinary = /^0b([-+])([01]+)$/.exec(plain);
  if (signedBinary !== null) plain = `${signedBinary[1]}0b${signedBinary[2]}`;
  if (!integerPattern.test(plain)) return decimal(plain, text);
  const negative = plain.charCodeAt(0) === 45;
  const digits = negative || plain.charCodeAt(0) === 43 ? plain.slice(1) : plain;
  if (digits.charCodeAt(0) !== 48 || digits.length === 1) {
    if (digits.length < 16) return negative && digits !== "0" ? -Number(digits) : Number(digits);
    return bigInteger(BigInt(digits), negative, plain, text);
  }
  const octal = /^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits;
  return bigInteger(BigInt(octal), negative, plain, text);
}

const int64 = 2n ** 63n;
const uint64 = 2n ** 64n;

/** Beyond 64 bits Go reads decimal digits as a float and leaves other bases as text. */
function bigInteger(magnitude: bigint, negative: boolean, plain: string, text: string): JsonValue {
  const signed = negative || plain.startsWith("+");
  if (magnitude > (negative ? int64 : signed ? int64 - 1n : uint64 - 1n)) return decimal(plain, text);
  const digits = (negative ? -magnitude : magnitude).toString();
  const number = Number(digits);
  return String(number) === digits ? number : JSON.rawJSON(digits);
}

function decimal(plain: string, text: string): JsonValue {
  if (!floatPattern.test(plain)) return text;
  const number = Number(plain);
  return Number.isFinite(number) ? number : text;
}

/** Whether kubectl reads this text, unquoted, as the same string. */
export function isPlainString(text: string): boolean {
  return resolvePlain(text) === text;
}

/**
 * How sigs.k8s.io/yaml turns a key that is a float into a string: Go's `FormatFloat(f, 'g', -1, 32)`,
 * the shortest digits that give the same 32-bit float.
 */
export function formatFloatKey(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? ".inf" : single < 0 ? "-.inf" : ".nan";
  if (single === 0) return Object.is(single, -0) ? "-0" : "0";
  let shortest = "";
  for (let digits = 1; digits <= 9; digits++) {
    shortest = single.toExponential(digits - 1);
    if (Math.fround(Number(shortest)) === single) break;
  }
  const [mantissa = "", exponentText = "0"] = shortest.split("e");
  const exponent = Number(exponentText);
  // 'g' without a precision switches to an exponent at 10^6.
  if (exponent < -4 || exponent >= 6) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return String(Number(shortest));
}
