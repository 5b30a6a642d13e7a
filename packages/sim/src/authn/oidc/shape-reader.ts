import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { FieldProblem } from "../../errors.ts";

/** Reads fields of an object strictly: what is not asked for, or of another type, is a problem. */
export interface ShapeReader {
  readonly path: string;
  readonly problems: FieldProblem[];
  has(key: string): boolean;
  text(key: string): string;
  flag(key: string): boolean;
  texts(key: string): readonly string[];
  object(key: string): ShapeReader;
  objects(key: string): readonly ShapeReader[];
  at(key: string): string;
}

const unknown = "unknown field";

/** `keys` are by path without indexes: `jwt[].issuer`. */
export function readShape(
  value: JsonValue,
  keys: Readonly<Record<string, readonly string[]>>,
  problems: FieldProblem[],
): ShapeReader {
  return reader(isObject(value) ? value : {}, "", keys, problems);
}

function reader(
  object: JsonObject,
  path: string,
  keys: Readonly<Record<string, readonly string[]>>,
  problems: FieldProblem[],
): ShapeReader {
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  const say = (field: string, message: string): void =>
    void problems.push({ field, reason: "FieldValueInvalid", message });
  const known = keys[path.replaceAll(/\[\d+\]/g, "[]")] ?? [];
  for (const key of Object.keys(object)) if (!known.includes(key)) say(at(key), unknown);
  const value = (key: string): JsonValue => (Object.hasOwn(object, key) ? object[key]! : null);
  const expected = <T extends JsonValue>(
    key: string,
    wanted: string,
    is: (one: JsonValue) => one is T,
    other: T,
  ): T => {
    const found = value(key);
    if (found === null) return other;
    if (is(found)) return found;
    say(at(key), `must be ${wanted}`);
    return other;
  };
  const isText = (one: JsonValue): one is string => typeof one === "string";
  const isList = (one: JsonValue): one is JsonValue[] => Array.isArray(one);
  return {
    path,
    problems,
    at,
    has: (key) => value(key) !== null,
    text: (key) => expected(key, "a text", isText, ""),
    flag: (key) => expected(key, "true or false", (one): one is boolean => typeof one === "boolean", false),
    texts: (key) => {
      const list = expected(key, "a list of texts", isList, []);
      if (!list.every(isText)) say(at(key), "must be a list of texts");
      return list.filter(isText);
    },
    object: (key) => reader(expected(key, "an object", isObject, {}), at(key), keys, problems),
    objects: (key) => {
      const list = expected(key, "a list of objects", isList, []);
      if (!list.every(isObject)) say(at(key), "must be a list of objects");
      return list.filter(isObject).map((one, index) => reader(one, `${at(key)}[${index}]`, keys, problems));
    },
  };
}
