import {
  celFunc,
  celList,
  celMethod,
  CelScalar,
  isCelError,
  isCelList,
  listType,
  type CelFunc,
  type CelList,
  type CelValue,
} from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { goRegExp } from "../schema/pattern.ts";
import { addressFunctions } from "./addresses.ts";
import { formatFunctions } from "./formats.ts";
import { MAP, optional, optionalValue } from "./opaque.ts";
import { quantityFunctions } from "./quantities.ts";
import { semverFunctions } from "./semver.ts";
import { urlFunctions } from "./urls.ts";

const { BOOL, DYN, INT, STRING } = CelScalar;
const LIST = listType(DYN);

type Ordered = bigint | number | string | boolean;

function ordered(list: CelList): Ordered[] {
  return [...list].map((item) => {
    if (typeof item === "bigint" || typeof item === "number" || typeof item === "string" || typeof item === "boolean")
      return item;
    throw new Error("no such overload: the list's items have no order");
  });
}

function extreme(list: CelList, name: "min" | "max"): Ordered {
  const items = ordered(list);
  if (items.length === 0) throw new Error(`${name} called on empty list`);
  return items.reduce((best, item) => ((name === "min" ? item < best : item > best) ? item : best));
}

function isSorted(list: CelList): boolean {
  const items = ordered(list);
  return items.every((item, index) => index === 0 || items[index - 1]! <= item);
}

function sum(list: CelList): bigint | number {
  let total: bigint | number = 0n;
  for (const item of ordered(list)) {
    if (typeof item === "bigint" && typeof total === "bigint") total += item;
    else if (typeof item === "number") total = Number(total) + item;
    else throw new Error("no such overload: the list's items are no numbers");
  }
  return total;
}

/** CEL's equality of two values, asked of the evaluator's own type rules by their text. */
export function sameValue(a: CelValue, b: CelValue): boolean {
  if (isCelList(a) && isCelList(b))
    return a.size === b.size && [...a].every((item, index) => sameValue(item, b.get(index)!));
  if (a instanceof Object && b instanceof Object && "entries" in a && "entries" in b) {
    const [left, right] = [
      new Map(a as unknown as Map<string, CelValue>),
      new Map(b as unknown as Map<string, CelValue>),
    ];
    return (
      left.size === right.size && [...left].every(([key, item]) => right.has(key) && sameValue(item, right.get(key)!))
    );
  }
  // An int and a double of one value are equal in CEL.
  if (typeof a === "bigint" && typeof b === "number") return Number(a) === b;
  if (typeof a === "number" && typeof b === "bigint") return a === Number(b);
  return a === b;
}

function includes(list: CelList, wanted: CelValue): boolean {
  return [...list].some((item) => sameValue(item, wanted));
}

const contains = (list: CelList, part: CelList): boolean => [...part].every((item) => includes(list, item));

function find(text: string, pattern: string): string {
  return expression(pattern).exec(text)?.[0] ?? "";
}

function findAll(text: string, pattern: string, limit: bigint): string[] {
  const global = new RegExp(expression(pattern).source, `${expression(pattern).flags}g`);
  const found = [...text.matchAll(global)].map((match) => match[0]);
  return limit < 0n ? found : found.slice(0, Number(limit));
}

function expression(pattern: string): RegExp {
  const found = goRegExp(pattern);
  if (found === undefined) throw new Error(`Illegal regex: ${pattern}`);
  return found;
}

const lists: CelFunc[] = [
  celMethod("isSorted", LIST, [], BOOL, function () {
    return isSorted(this);
  }),
  celMethod("sum", LIST, [], DYN, function () {
    return sum(this);
  }),
  celMethod("min", LIST, [], DYN, function () {
    return extreme(this, "min");
  }),
  celMethod("max", LIST, [], DYN, function () {
    return extreme(this, "max");
  }),
  celMethod("indexOf", LIST, [DYN], INT, function (wanted) {
    return BigInt([...this].findIndex((item) => sameValue(item, wanted)));
  }),
  celMethod("lastIndexOf", LIST, [DYN], INT, function (wanted) {
    return BigInt([...this].findLastIndex((item) => sameValue(item, wanted)));
  }),
  celFunc("sets.contains", [LIST, LIST], BOOL, contains),
  celFunc("sets.equivalent", [LIST, LIST], BOOL, (a, b) => contains(a, b) && contains(b, a)),
  celFunc("sets.intersects", [LIST, LIST], BOOL, (a, b) => [...a].some((item) => includes(b, item))),
];

const texts: CelFunc[] = [
  celMethod("find", STRING, [STRING], STRING, function (pattern) {
    return find(this, pattern);
  }),
  celMethod("findAll", STRING, [STRING], LIST, function (pattern) {
    return celList(findAll(this, pattern, -1n));
  }),
  celMethod("findAll", STRING, [STRING, INT], LIST, function (pattern, limit) {
    return celList(findAll(this, pattern, limit));
  }),
  celMethod("reverse", STRING, [], STRING, function () {
    return [...this].reverse().join("");
  }),
];

const optionals: CelFunc[] = [
  celFunc("optional.of", [DYN], MAP, (value) => optional(value)),
  celFunc("optional.none", [], MAP, () => optional(undefined)),
  celMethod("hasValue", MAP, [], BOOL, function () {
    return optionalValue(this) !== undefined;
  }),
  celMethod("value", MAP, [], DYN, function () {
    const value = optionalValue(this);
    if (value === undefined || isCelError(value)) throw new Error("optional.none() dereference");
    return value;
  }),
  celMethod("orValue", MAP, [DYN], DYN, function (other) {
    return optionalValue(this) ?? other;
  }),
];

/** Everything that a rule of a CustomResourceDefinition may call beyond CEL's standard definitions. */
export const kubernetesFunctions: CelFunc[] = [
  ...strings,
  ...lists,
  ...texts,
  ...optionals,
  ...quantityFunctions,
  ...addressFunctions,
  ...urlFunctions,
  ...formatFunctions,
  ...semverFunctions,
];
