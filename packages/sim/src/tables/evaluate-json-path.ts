import { isObject, type JsonValue } from "@fairlead/apimachinery";
import type { FilterTest, PathStep } from "./json-path.ts";

/** The path cannot be followed in this value: an index out of bounds, texts compared with numbers. */
const failed = Symbol("failed");
type Failed = typeof failed;

/** Nested data may be walked many times over by `..`; enough for any object that fits into a request. */
const maxResults = 100_000;

/**
 * All values that a path finds, as k8s.io/client-go/util/jsonpath does with missing keys allowed; undefined where that
 * fails. Of maps, which have no order there, keys are visited in the order of their names.
 */
export function evaluateJsonPath(steps: readonly PathStep[], value: JsonValue): readonly JsonValue[] | undefined {
  const results = walk(steps, [value]);
  return results === failed ? undefined : results;
}

function walk(steps: readonly PathStep[], start: readonly JsonValue[]): readonly JsonValue[] | Failed {
  let current = start;
  for (const step of steps) {
    const next = walkStep(step, current);
    if (next === failed || next.length > maxResults) return failed;
    current = next;
  }
  return current;
}

function walkStep(step: PathStep, input: readonly JsonValue[]): readonly JsonValue[] | Failed {
  switch (step.kind) {
    case "literal":
      return input.map(() => step.value);
    case "field":
      return input.flatMap((value) => (isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]!] : []));
    case "wildcard":
      return input.flatMap(children);
    case "recursive":
      return recursive(input, []);
    case "union": {
      const results: JsonValue[] = [];
      for (const path of step.paths) {
        const found = walk(path, input);
        if (found === failed) return failed;
        results.push(...found);
      }
      return results;
    }
    case "slice":
      return walkSlice(step, input);
    case "filter":
      return walkFilter(step.left, step.test, input);
  }
}

function children(value: JsonValue): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return [];
  return Object.keys(value)
    .sort()
    .map((key) => value[key]!);
}

function recursive(input: readonly JsonValue[], into: JsonValue[]): readonly JsonValue[] {
  for (const value of input) {
    const inner = children(value);
    if (inner.length === 0 || into.length > maxResults) continue;
    into.push(value);
    recursive(inner, into);
  }
  return into;
}

function walkSlice(
  { from, to, step }: Extract<PathStep, { kind: "slice" }>,
  input: readonly JsonValue[],
): readonly JsonValue[] | Failed {
  const results: JsonValue[] = [];
  for (const value of input) {
    if (value === null) continue;
    if (!Array.isArray(value)) return failed;
    const size = value.length;
    const start = (from ?? 0) < 0 ? from! + size : (from ?? 0);
    let end = to?.value ?? size;
    if (end < 0 || (end === 0 && to?.isDerived === true)) end += size;
    if (end === start) continue;
    if (start >= size || start < 0 || end > size || end < 0 || start > end) return failed;
    if (step !== undefined && step <= 0) return failed;
    for (let index = start; index < end; index += step ?? 1) results.push(value[index]!);
  }
  return results;
}

function walkFilter(
  left: readonly PathStep[],
  test: FilterTest | undefined,
  input: readonly JsonValue[],
): readonly JsonValue[] | Failed {
  const results: JsonValue[] = [];
  for (const value of input) {
    if (!Array.isArray(value)) return failed;
    for (const item of value) {
      const lefts = walk(left, [item]);
      if (test === undefined) {
        if (lefts !== failed && lefts.length > 0) results.push(item);
        continue;
      }
      const rights = walk(test.right, [item]);
      if (lefts === failed || lefts.length > 1) return failed;
      if (lefts.length === 0) continue;
      if (rights === failed || rights.length > 1) return failed;
      if (rights.length === 0) continue;
      const passes = compare(lefts[0]!, test.operator, rights[0]!);
      if (passes === failed) return failed;
      if (passes) results.push(item);
    }
  }
  return results;
}

type Order = (a: number | string, b: number | string) => boolean;

const orders: Readonly<Record<string, Order>> = {
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};

function compare(left: JsonValue, operator: string, right: JsonValue): boolean | Failed {
  if (operator === "==" || operator === "!=") {
    if (typeof left !== typeof right || typeof left === "object") return failed;
    return (left === right) === (operator === "==");
  }
  const order = Object.hasOwn(orders, operator) ? orders[operator] : undefined;
  if (order === undefined) return failed;
  if (typeof left === "number" && typeof right === "number") return order(left, right);
  return typeof left === "string" && typeof right === "string" ? order(left, right) : failed;
}
