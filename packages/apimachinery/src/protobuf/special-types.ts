import type { JsonValue } from "../json.ts";
import { parseJson } from "../parse-json.ts";
import { bytesOf, readInteger, readPart, readTag, readText, skipValue, WireProblem, type Cursor } from "./wire.ts";

/** Reads the type of a field that is written in JSON in a manner of its own; undefined for any other type. */
export function specialReader(type: string): ((part: Cursor) => JsonValue) | undefined {
  return readers.get(type);
}

/** What Go writes in JSON for the zero value; undefined for any other type. */
export function specialZero(type: string): JsonValue | undefined {
  return zeros.get(type);
}

const readers: ReadonlyMap<string, (part: Cursor) => JsonValue> = new Map([
  ["T", (part: Cursor) => time(part, false)],
  ["M", (part: Cursor) => time(part, true)],
  ["D", (part: Cursor) => duration(integerOf(part, 1))],
  ["Q", (part: Cursor) => textField(part)],
  ["I", intOrString],
  ["R", raw],
  ["F", raw],
  ["V", texts],
]);

const zeros: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["T", null],
  ["M", null],
  ["D", "0s"],
  ["Q", "0"],
  ["I", 0],
  ["R", null],
  ["F", null],
  ["V", null],
]);

const lastSecond = 253_402_300_799n;

/** `k8s.io/apimachinery` keeps no fractions of the seconds of a Time, and microseconds of a MicroTime. */
function time(part: Cursor, micro: boolean): JsonValue {
  if (part.at === part.end) return null;
  const seconds = integerOf({ ...part }, 1);
  const nanos = integerOf(part, 2);
  if (seconds < 0n) return null;
  if (seconds > lastSecond) throw new WireProblem("Time: year outside of range [0,9999]");
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  if (!micro) return `${text}Z`;
  const micros = Number((((nanos / 1000n) % 1_000_000n) + 1_000_000n) % 1_000_000n);
  return `${text}.${String(micros).padStart(6, "0")}Z`;
}

/** The last value of a field that is a number; 0 without one. Reads to the end. */
function integerOf(part: Cursor, wanted: number): bigint {
  let value = 0n;
  for (let tag = readTag(part); tag !== undefined; tag = readTag(part)) {
    if (tag.number === wanted && tag.type === "varint") value = readInteger(part);
    else skipValue(part, tag.type);
  }
  return value;
}

function textField(part: Cursor): string {
  let value = "";
  for (let tag = readTag(part); tag !== undefined; tag = readTag(part)) {
    if (tag.number === 1 && tag.type === "bytes") value = readText(part);
    else skipValue(part, tag.type);
  }
  return value === "" ? "0" : value;
}

function intOrString(part: Cursor): JsonValue {
  let isText = false;
  let number = 0;
  let text = "";
  for (let tag = readTag(part); tag !== undefined; tag = readTag(part)) {
    if (tag.number === 1 && tag.type === "varint") isText = readInteger(part) === 1n;
    else if (tag.number === 2 && tag.type === "varint") number = Number(BigInt.asIntN(32, readInteger(part)));
    else if (tag.number === 3 && tag.type === "bytes") text = readText(part);
    else skipValue(part, tag.type);
  }
  return isText ? text : number;
}

/** JSON within the message. */
function raw(part: Cursor): JsonValue {
  let value: JsonValue = null;
  for (let tag = readTag(part); tag !== undefined; tag = readTag(part)) {
    if (tag.number !== 1 || tag.type !== "bytes") {
      skipValue(part, tag.type);
      continue;
    }
    const text = bytesOf(readPart(part)).toString("utf8");
    if (text === "") continue;
    try {
      value = parseJson(text);
    } catch (error) {
      throw new WireProblem(error instanceof Error ? error.message : "json: invalid");
    }
  }
  return value;
}

function texts(part: Cursor): JsonValue {
  const list: string[] = [];
  for (let tag = readTag(part); tag !== undefined; tag = readTag(part)) {
    if (tag.number === 1 && tag.type === "bytes") list.push(readText(part));
    else skipValue(part, tag.type);
  }
  return list;
}

const units: readonly (readonly [bigint, string])[] = [
  [3_600_000_000_000n, "h"],
  [60_000_000_000n, "m"],
];

/** As Go writes a duration: `1h0m0s`, `1.5s`, `300ms`. */
function duration(nanos: bigint): string {
  if (nanos === 0n) return "0s";
  const sign = nanos < 0n ? "-" : "";
  let rest = nanos < 0n ? -nanos : nanos;
  if (rest < 1_000n) return `${sign}${rest}ns`;
  if (rest < 1_000_000n) return `${sign}${fraction(rest, 3)}µs`;
  if (rest < 1_000_000_000n) return `${sign}${fraction(rest, 6)}ms`;
  let text = "";
  for (const [unit, name] of units) {
    if (rest >= unit || text !== "") text += `${rest / unit}${name}`;
    rest %= unit;
  }
  return `${sign}${text}${fraction(rest, 9)}s`;
}

function fraction(value: bigint, digits: number): string {
  const padded = value.toString().padStart(digits + 1, "0");
  const after = padded.slice(-digits).replace(/0+$/, "");
  return `${padded.slice(0, -digits)}${after === "" ? "" : `.${after}`}`;
}
