import { isRawNumber, type JsonValue } from "../json.ts";
import { typeBits, type Node } from "./node.ts";
import { describeValue } from "./problem.ts";
import type { Schema } from "./schema.ts";
import { report, type Walk } from "./walk.ts";

export function checkScalar(value: JsonValue, type: number, node: Node, walk: Walk): void {
  if (type === typeBits.string) {
    const text = value as string;
    if (node.limits) checkCount(codePoints(text), node.schema, walk, "minLength", "maxLength", "characters");
    if (node.pattern !== undefined && !node.pattern.test(text)) {
      const { title, pattern } = node.schema;
      report(walk, "pattern", title ?? `text matching ${pattern}`, describeValue(value));
    }
    const expected = node.format?.(text);
    if (expected !== undefined) report(walk, "format", expected, describeValue(value));
  } else if (type === typeBits.integer || type === 16) {
    if (node.bounds !== undefined && type === typeBits.integer) checkBounds(value, node.bounds, node, walk);
    if (node.limits) checkNumber(value, node.schema, walk);
  }
}

function codePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      count--;
      index++;
    }
  }
  return count;
}

function checkBounds(value: JsonValue, [least, most]: readonly [bigint, bigint], node: Node, walk: Walk): void {
  if (typeof value === "number" && value >= -2147483648 && value <= 2147483647) return;
  const integer = BigInt(isRawNumber(value) ? value.rawJSON : (value as number));
  if (integer < least || integer > most) {
    report(
      walk,
      "format",
      node.schema.format === "int64" ? "a 64-bit integer" : "a 32-bit integer",
      describeValue(value),
    );
  }
}

function checkNumber(value: JsonValue, schema: Schema, walk: Walk): void {
  const number = Number(isRawNumber(value) ? value.rawJSON : value);
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum ? number <= minimum : number < minimum)) {
    report(walk, "minimum", `${schema.exclusiveMinimum ? "more than" : "at least"} ${minimum}`, describeValue(value));
  }
  if (maximum !== undefined && (schema.exclusiveMaximum ? number >= maximum : number > maximum)) {
    report(walk, "maximum", `${schema.exclusiveMaximum ? "less than" : "at most"} ${maximum}`, describeValue(value));
  }
  if (multipleOf !== undefined && multipleOf > 0) {
    const quotient = number / multipleOf;
    const tolerance = Math.max(1, Math.abs(quotient)) * 1e-12;
    if (Math.abs(quotient - Math.round(quotient)) > tolerance) {
      report(walk, "multipleOf", `a multiple of ${multipleOf}`, describeValue(value));
    }
  }
}

type CountKeyword = "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties";

export function checkCount(
  count: number,
  schema: Schema,
  walk: Walk,
  least: CountKeyword,
  most: CountKeyword,
  unit: string,
): void {
  const [low, high] = [schema[least], schema[most]];
  if (low !== undefined && count < low) report(walk, least, `at least ${low} ${unit}`, String(count));
  if (high !== undefined && count > high) report(walk, most, `at most ${high} ${unit}`, String(count));
}
