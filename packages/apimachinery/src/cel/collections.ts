import {
  celFunc,
  celList,
  celMap,
  celMethod,
  CelScalar,
  isCelList,
  isCelMap,
  listType,
  type CelFunc,
  type CelInput,
  type CelList,
  type CelMap,
  type CelValue,
} from "@bufbuild/cel";
import { sameValue } from "./functions.ts";
import { internal } from "./macros.ts";
import { isOpaque, MAP, optional, optionalValue } from "./opaque.ts";
import { optionalNames } from "./optional-syntax.ts";
import { keyText } from "./json-value.ts";

const { BOOL, DYN, INT, STRING } = CelScalar;
const LIST = listType(DYN);

// Lists and maps that a fold fills: they are seen by nobody else before the fold ends.
const growing = new WeakMap<CelList, CelInput[]>();
const filling = new WeakMap<CelMap, Map<CelInput, CelInput>>();

function select(operand: CelValue, key: CelValue): CelMap {
  const from = isOpaque(operand, "optional") ? optionalValue(operand) : operand;
  if (from === undefined) return optional(undefined);
  if (isCelMap(from)) return optional(from.get(key as never) as CelValue | undefined);
  if (isCelList(from) && typeof key === "bigint") return optional(from.get(Number(key)) as CelValue | undefined);
  return optional(undefined);
}

function insert(map: CelMap, key: CelValue, value: CelValue): CelMap {
  const entries = filling.get(map);
  if (entries === undefined) throw new Error("no such overload");
  if (entries.has(key)) throw new Error(`insert failed: key ${keyText(key)} already exists`);
  entries.set(key, value);
  return map;
}

function flatten(list: CelList, depth: bigint): CelInput[] {
  const out: CelInput[] = [];
  for (const item of list) {
    if (isCelList(item) && depth > 0n) out.push(...flatten(item, depth - 1n));
    else out.push(item);
  }
  return out;
}

function compare(a: CelValue, b: CelValue): number {
  const isNumber = (value: unknown): boolean => typeof value === "number" || typeof value === "bigint";
  if (typeof a !== typeof b && !(isNumber(a) && isNumber(b))) throw new Error("list elements must have the same type");
  if (!isNumber(a) && typeof a !== "string" && typeof a !== "boolean")
    throw new Error("list elements must be comparable");
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

const forMacros: CelFunc[] = [
  celFunc(internal.list, [], LIST, () => {
    const items: CelInput[] = [];
    const made = celList(items);
    growing.set(made, items);
    return made;
  }),
  celFunc(internal.append, [LIST, DYN], LIST, (list, item) => {
    growing.get(list)!.push(item);
    return list;
  }),
  celFunc(internal.map, [], MAP, () => {
    const entries = new Map<CelInput, CelInput>();
    const made = celMap(entries as never);
    filling.set(made, entries);
    return made;
  }),
  celFunc(internal.insert, [MAP, DYN, DYN], MAP, insert),
  celFunc(internal.insert, [MAP, MAP], MAP, (map, more) => {
    for (const [key, value] of more.entries()) insert(map, key as CelValue, value as CelValue);
    return map;
  }),
  celFunc(internal.insert, [MAP, DYN, DYN, BOOL], MAP, (map, key, value, isOptional) => {
    if (!isOptional) return insert(map, key, value);
    const inner = optionalValue(value);
    return inner === undefined ? map : insert(map, key, inner);
  }),
  celFunc(internal.entries, [MAP], LIST, (map) => [...map.entries()].map((pair) => celList(pair as CelInput[]))),
  celFunc(internal.entries, [LIST], LIST, (list) => [...list].map((item, index) => celList([BigInt(index), item]))),
  celFunc(internal.elements, [MAP], LIST, (value) => {
    const inner = optionalValue(value);
    return celList(inner === undefined ? [] : [inner]);
  }),
  celFunc(internal.sortByKeys, [LIST, LIST], LIST, (list, keys) => {
    const pairs = [...list].map((item, index) => ({ item, key: keys.get(index)! as CelValue }));
    return celList(pairs.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item));
  }),
  celMethod(optionalNames.select, DYN, [STRING], MAP, function (key) {
    return select(this as CelValue, key);
  }),
  celMethod(optionalNames.index, DYN, [DYN], MAP, function (key) {
    return select(this as CelValue, key);
  }),
];

const isZero = (value: CelValue): boolean =>
  value === null || value === false || value === "" || value === 0 || value === 0n || sizeOf(value) === 0;

function sizeOf(value: CelValue): number | undefined {
  if (isCelList(value) || isCelMap(value)) return value.size;
  return value instanceof Uint8Array ? value.length : undefined;
}

/** cel-go's extended lists, the rest of optionals, and what expanded macros call. */
export const collectionFunctions: CelFunc[] = [
  ...forMacros,
  celFunc("optional.ofNonZeroValue", [DYN], MAP, (value) => optional(isZero(value) ? undefined : value)),
  celMethod("or", MAP, [MAP], MAP, function (other) {
    return optionalValue(this) === undefined ? other : this;
  }),
  celFunc("lists.range", [INT], LIST, (count) => {
    if (count > 100_000n) throw new Error("lists.range is too large");
    return celList(Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index)));
  }),
  celMethod("distinct", LIST, [], LIST, function () {
    const kept: CelValue[] = [];
    const seen = new Set<unknown>();
    for (const item of this) {
      const isScalar = typeof item !== "object";
      if (isScalar ? seen.has(item) : kept.some((one) => sameValue(one, item as CelValue))) continue;
      seen.add(item);
      kept.push(item as CelValue);
    }
    return celList(kept);
  }),
  celMethod("reverse", LIST, [], LIST, function () {
    return celList([...this].reverse());
  }),
  celMethod("slice", LIST, [INT, INT], LIST, function (from, to) {
    if (from < 0n || to < 0n) throw new Error(`cannot slice(${from}, ${to}), negative indexes not supported`);
    if (from > to) throw new Error(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`);
    if (to > BigInt(this.size)) throw new Error(`cannot slice(${from}, ${to}), list is length ${this.size}`);
    return celList([...this].slice(Number(from), Number(to)));
  }),
  celMethod("flatten", LIST, [], LIST, function () {
    return celList(flatten(this, 1n));
  }),
  celMethod("flatten", LIST, [INT], LIST, function (depth) {
    if (depth < 0n) throw new Error("level must be non-negative");
    return celList(flatten(this, depth));
  }),
  celMethod("sort", LIST, [], LIST, function () {
    return celList(([...this] as CelValue[]).sort(compare));
  }),
  celFunc("jsonpatch.escapeKey", [STRING], STRING, (key) => key.replace(/[~/]/g, (one) => (one === "/" ? "~1" : "~0"))),
];
