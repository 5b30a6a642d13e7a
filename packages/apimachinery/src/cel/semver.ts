import { celFunc, celMethod, CelScalar, type CelFunc, type CelMap } from "@bufbuild/cel";
import { isOpaque, MAP, opaque, textOf } from "./opaque.ts";
import { compareQuantityValues } from "./quantities.ts";

const { BOOL, INT, STRING } = CelScalar;

const number = "(0|[1-9]\\d*)";
const word = "(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const syntax = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-(${word}(?:\\.${word})*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`,
);

/** `v1.2` becomes `1.2.0`, as Kubernetes' second argument of `semver` asks. */
function normalize(text: string): string {
  const [, core = "", rest = ""] = /^v?([\d.]*)(.*)$/s.exec(text) ?? [];
  const parts = core.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return parts.join(".") + rest;
}

function read(text: string): { numbers: bigint[]; pre: string[] } | undefined {
  const match = text.length > 256 ? null : syntax.exec(text);
  return match === null ? undefined : { numbers: match.slice(1, 4).map(BigInt), pre: match[4]?.split(".") ?? [] };
}

function compareWords(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [read(a)!, read(b)!];
  for (const [index, value] of left.numbers.entries()) {
    if (value !== right.numbers[index]) return value < right.numbers[index]! ? -1 : 1;
  }
  if (left.pre.length === 0 || right.pre.length === 0) return Math.sign(right.pre.length - left.pre.length);
  for (let index = 0; index < Math.min(left.pre.length, right.pre.length); index++) {
    const order = compareWords(left.pre[index]!, right.pre[index]!);
    if (order !== 0) return order;
  }
  return Math.sign(left.pre.length - right.pre.length);
}

/** What the API server's library says of a text that is no version. */
function problem(text: string): string {
  if (text === "") return "Version string empty";
  if (text.split(".").length < 3) return "No Major.Minor.Patch elements found";
  return `invalid semantic version ${JSON.stringify(text)}`;
}

function version(text: string): CelMap {
  if (read(text) === undefined) throw new Error(problem(text));
  return opaque("semver", text);
}

/** Quantities and versions are compared by the same methods. */
function compare(left: CelMap, right: CelMap): number {
  if (isOpaque(left, "quantity")) return compareQuantityValues(left, right);
  return compareVersions(textOf(left, "semver"), textOf(right, "semver"));
}

const part = (index: number) =>
  function (this: CelMap): bigint {
    return read(textOf(this, "semver"))!.numbers[index]!;
  };

export const semverFunctions: CelFunc[] = [
  celFunc("semver", [STRING], MAP, version),
  celFunc("semver", [STRING, BOOL], MAP, (text, loose) => version(loose ? normalize(text) : text)),
  celFunc("isSemver", [STRING], BOOL, (text) => read(text) !== undefined),
  celFunc("isSemver", [STRING, BOOL], BOOL, (text, loose) => read(loose ? normalize(text) : text) !== undefined),
  celMethod("major", MAP, [], INT, part(0)),
  celMethod("minor", MAP, [], INT, part(1)),
  celMethod("patch", MAP, [], INT, part(2)),
  celMethod("compareTo", MAP, [MAP], INT, function (other) {
    return BigInt(compare(this, other));
  }),
  celMethod("isLessThan", MAP, [MAP], BOOL, function (other) {
    return compare(this, other) < 0;
  }),
  celMethod("isGreaterThan", MAP, [MAP], BOOL, function (other) {
    return compare(this, other) > 0;
  }),
];
