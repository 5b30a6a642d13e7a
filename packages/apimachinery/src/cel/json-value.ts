import {
  celList,
  celMap,
  isCelError,
  isCelList,
  isCelMap,
  isCelUint,
  type CelInput,
  type CelMap,
  type CelValue,
} from "@bufbuild/cel";
import { isRawNumber, setOwn, type JsonObject, type JsonValue } from "../json.ts";
import { isOpaque, optionalValue } from "./opaque.ts";

/** A map whose values are made when they are read: an expression looks at little of an object. */
export function lazyMap(keys: () => readonly string[], read: (key: string) => CelInput | undefined): CelMap {
  return celMap(new LazyEntries(keys, read) as unknown as ReadonlyMap<string, CelInput>);
}

class LazyEntries {
  readonly #keys: () => readonly string[];
  readonly #read: (key: string) => CelInput | undefined;

  constructor(keys: () => readonly string[], read: (key: string) => CelInput | undefined) {
    this.#keys = keys;
    this.#read = read;
  }

  get size(): number {
    return this.#keys().length;
  }

  get(key: unknown): CelInput | undefined {
    return typeof key === "string" ? this.#read(key) : undefined;
  }

  has(key: unknown): boolean {
    return this.get(key) !== undefined;
  }

  keys(): IterableIterator<string> {
    return this.#keys().values() as IterableIterator<string>;
  }

  *values(): IterableIterator<CelInput> {
    for (const key of this.#keys()) yield this.#read(key)!;
  }

  *entries(): IterableIterator<[string, CelInput]> {
    for (const key of this.#keys()) yield [key, this.#read(key)!];
  }

  [Symbol.iterator](): IterableIterator<[string, CelInput]> {
    return this.entries();
  }

  forEach(callback: (value: CelInput, key: string) => void): void {
    for (const [key, value] of this.entries()) callback(value, key);
  }
}

/** JSON as expressions see an object without a schema: whole numbers are ints, all else is what it is. */
export function jsonToCel(value: JsonValue): CelInput {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (isRawNumber(value)) return BigInt(value.rawJSON);
  if (Array.isArray(value)) return celList(value.map(jsonToCel));
  return lazyMap(
    () => Object.keys(value),
    (key) => (Object.hasOwn(value, key) ? jsonToCel(value[key]!) : undefined),
  );
}

/** The JSON of a result, or undefined for a value that has none (a type, a timestamp, a quantity …). */
export function celToJson(value: CelValue): JsonValue | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "number")
    return value;
  if (typeof value === "bigint") return integer(value);
  if (isCelUint(value)) return integer(value.value);
  if (isCelError(value)) return undefined;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (isCelList(value)) {
    const items: JsonValue[] = [];
    for (const item of value) {
      const one = celToJson(item);
      if (one === undefined) return undefined;
      items.push(one);
    }
    return items;
  }
  if (isOpaque(value, "optional")) {
    const inner = optionalValue(value);
    return inner === undefined ? null : celToJson(inner);
  }
  if (!isCelMap(value)) return undefined;
  const object: JsonObject = {};
  for (const [key, item] of value.entries()) {
    const one = celToJson(item);
    const name = keyText(key);
    if (one === undefined || name.startsWith("\u0000")) return undefined;
    setOwn(object, name, one);
  }
  return object;
}

function integer(value: bigint): JsonValue {
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : JSON.rawJSON(String(value));
}

/** The key of a map as a text: keys are texts, whole numbers and booleans. */
export function keyText(key: unknown): string {
  if (typeof key === "string") return key;
  if (typeof key === "bigint" || typeof key === "boolean" || typeof key === "number") return String(key);
  return isCelUint(key) ? String(key.value) : "";
}
