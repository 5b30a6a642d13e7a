import { celFunc, celMethod, CelScalar, type CelFunc, type CelMap } from "@bufbuild/cel";
import {
  addQuantities,
  compareQuantities,
  negateQuantity,
  parseQuantity,
  quantityProblem,
  quantityUnits,
  type Quantity,
} from "../quantity/quantity.ts";
import { MAP, opaque, textOf } from "./opaque.ts";

const { BOOL, DOUBLE, INT, STRING } = CelScalar;

function read(value: CelMap): Quantity {
  return parseQuantity(textOf(value, "quantity"))!;
}

/** The same text for the same amount: `1Ki` and `1024` are equal in CEL. */
function write({ mantissa, scale }: Quantity): CelMap {
  const digits = String(mantissa);
  const zeros = mantissa === 0n ? 0 : digits.length - digits.replace(/0+$/, "").length;
  const exponent = mantissa === 0n ? 0 : scale + zeros;
  return opaque("quantity", `${digits.slice(0, digits.length - zeros)}e${exponent}`);
}

function whole(quantity: Quantity): bigint | undefined {
  const units = quantityUnits(quantity);
  const isExact = compareQuantities({ mantissa: units, scale: 0, format: "DecimalSI" }, quantity) === 0;
  return isExact && units >= -(2n ** 63n) && units < 2n ** 63n ? units : undefined;
}

function integer(value: bigint): Quantity {
  return { mantissa: value, scale: 0, format: "DecimalSI" };
}

export const quantityFunctions: CelFunc[] = [
  celFunc("quantity", [STRING], MAP, (text) => {
    const problem = quantityProblem(text);
    if (problem !== undefined) throw new Error(problem);
    return write(parseQuantity(text)!);
  }),
  celFunc("isQuantity", [STRING], BOOL, (text) => quantityProblem(text) === undefined),
  celFunc("sign", [MAP], INT, (value) => {
    const { mantissa } = read(value);
    return mantissa > 0n ? 1n : mantissa < 0n ? -1n : 0n;
  }),
  celMethod("isInteger", MAP, [], BOOL, function () {
    return whole(read(this)) !== undefined;
  }),
  celMethod("asInteger", MAP, [], INT, function () {
    const value = whole(read(this));
    if (value === undefined) throw new Error("cannot convert value to integer");
    return value;
  }),
  celMethod("asApproximateFloat", MAP, [], DOUBLE, function () {
    const { mantissa, scale } = read(this);
    return Number(`${mantissa}e${scale}`);
  }),
  celMethod("add", MAP, [MAP], MAP, function (other) {
    return write(addQuantities(read(this), read(other)));
  }),
  celMethod("add", MAP, [INT], MAP, function (other) {
    return write(addQuantities(read(this), integer(other)));
  }),
  celMethod("sub", MAP, [MAP], MAP, function (other) {
    return write(addQuantities(read(this), negateQuantity(read(other))));
  }),
  celMethod("sub", MAP, [INT], MAP, function (other) {
    return write(addQuantities(read(this), integer(-other)));
  }),
];

/** -1, 0 or 1 for two quantities; shared with versions, which compare by the same method names. */
export function compareQuantityValues(left: CelMap, right: CelMap): number {
  return compareQuantities(read(left), read(right));
}
