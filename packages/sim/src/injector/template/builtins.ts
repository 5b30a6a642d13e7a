import { equal, isObject } from "@fairlead/apimachinery";
import { entriesOf, isTyped, itemsOf, mapEntry, plain, shown, truth, type GoValue } from "./go-values.ts";
import type { TemplateFunction } from "./render.ts";

/** The functions that `text/template` has itself, except those that run code; `and` and `or` are the interpreter's. */
export const builtins: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["not", (value) => !truth(value)],
  ["len", lengthOf],
  ["index", indexOf],
  ["slice", sliceOf],
  ["print", (...values) => sprint(values)],
  ["println", (...values) => `${values.map((one) => shown(one)).join(" ")}\n`],
  ["printf", (format, ...values) => sprintf(text(format), values)],
  ["eq", (first, ...others) => others.some((other) => same(first, other))],
  ["ne", (first, second) => !same(first, second)],
  ["lt", (first, second) => compare(first, second) < 0],
  ["le", (first, second) => compare(first, second) <= 0],
  ["gt", (first, second) => compare(first, second) > 0],
  ["ge", (first, second) => compare(first, second) >= 0],
  ["html", (value) => text(value).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)],
  ["urlquery", (value) => encodeURIComponent(text(value)).replaceAll("%20", "+")],
]);

/** As `fmt.Sprint` shows a value; of a text itself. */
export function text(value: GoValue): string {
  const inner = isTyped(value) ? value.value : value;
  return typeof inner === "string" ? inner : shown(value);
}

export function numberOf(value: GoValue): number {
  const inner = plain(value);
  const found = typeof inner === "number" ? inner : typeof inner === "string" ? Number(inner) : Number.NaN;
  if (!Number.isFinite(found)) throw new Error(`${shown(value).slice(0, 40)} is no number`);
  return found;
}

function lengthOf(value: GoValue): number {
  const inner = plain(value);
  if (typeof inner === "string") return Buffer.byteLength(inner);
  const items = itemsOf(value);
  if (items !== undefined) return items.length;
  if (isObject(inner)) return Object.keys(inner).length;
  if (isTyped(value)) return 0;
  throw new Error("len of nil pointer or of what has no length");
}

function indexOf(value: GoValue, ...keys: readonly GoValue[]): GoValue {
  let found = value;
  for (const key of keys) {
    const items = itemsOf(found);
    if (items !== undefined) {
      const at = numberOf(key);
      if (!Number.isInteger(at) || at < 0 || at >= items.length) throw new Error(`index out of range: ${at}`);
      found = items[at];
    } else if (isTyped(found)) {
      found = mapEntry(found.value, found.schema, text(key)).value;
    } else if (isObject(found)) {
      found = mapEntry(found, undefined, text(key)).value;
    } else {
      throw new Error("index of untyped nil or of what has no entries");
    }
  }
  return found;
}

function sliceOf(value: GoValue, from: GoValue = 0, to?: GoValue): GoValue {
  const inner = typeof value === "string" ? value : itemsOf(value);
  if (inner === undefined) throw new Error("can't slice it");
  const [start, end] = [numberOf(from), to === undefined ? inner.length : numberOf(to)];
  if (start < 0 || end > inner.length || start > end) throw new Error(`index out of range: ${start}:${end}`);
  return inner.slice(start, end);
}

/** Spaces stand between two operands of which neither is a text. */
function sprint(values: readonly GoValue[]): string {
  let result = "";
  for (const [index, value] of values.entries()) {
    const spaced = index > 0 && typeof plain(value) !== "string" && typeof plain(values[index - 1]) !== "string";
    result += (spaced ? " " : "") + shown(value);
  }
  return result;
}

const verb = /%([-+# 0]*)(\d{1,3})?(?:\.(\d{1,3}))?([a-zA-Z%])/g;

/** The verbs that templates use: `%s %v %d %t %q %x %f`, with flags, width and precision. */
export function sprintf(format: string, values: readonly GoValue[]): string {
  let next = 0;
  const result = format.replace(verb, (...found) => {
    const [flags, width, precision, letter] = found.slice(1, 5) as [string, string?, string?, string?];
    if (letter === "%") return "%";
    if (next >= values.length) return `%!${letter}(MISSING)`;
    const shownValue = formatted(letter!, values[next++], flags, precision);
    if (width === undefined) return shownValue;
    if (flags.includes("-")) return shownValue.padEnd(Number(width));
    return shownValue.padStart(Number(width), flags.includes("0") ? "0" : " ");
  });
  const extra = values.slice(next).map((one) => shown(one));
  return extra.length === 0 ? result : `${result}%!(EXTRA ${extra.join(", ")})`;
}

function formatted(letter: string, value: GoValue, flags: string, precision: string | undefined): string {
  const inner = plain(value);
  switch (letter) {
    case "s":
    case "v": {
      const all = inner === null ? "<nil>" : text(value);
      return precision === undefined ? all : all.slice(0, Number(precision));
    }
    case "q":
      return JSON.stringify(text(value));
    case "t":
      return typeof inner === "boolean" ? String(inner) : `%!t(${text(value)})`;
    case "d":
      if (typeof inner !== "number") return `%!d(${text(value)})`;
      return (flags.includes("+") && inner >= 0 ? "+" : "") + String(Math.trunc(inner));
    case "x":
      return typeof inner === "number" ? inner.toString(16) : Buffer.from(text(value)).toString("hex");
    case "f":
      return typeof inner === "number" ? inner.toFixed(Math.min(100, Number(precision ?? 6))) : `%!f(${text(value)})`;
    default:
      return `%!${letter}(${text(value)})`;
  }
}

/** What is nothing is the same as nothing only; two values of different types cannot be compared. */
function same(first: GoValue, second: GoValue): boolean {
  const [left, right] = [plain(first), plain(second)];
  if (left === null || right === null) return left === right;
  if (typeof left !== typeof right) throw new Error("incompatible types for comparison");
  return equal(left, right);
}

function compare(first: GoValue, second: GoValue): number {
  const [left, right] = [plain(first), plain(second)];
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  throw new Error("incompatible types for comparison");
}

/** Entries of a map argument. */
export function entries(value: GoValue): readonly (readonly [string, GoValue])[] {
  return entriesOf(value) ?? [];
}
