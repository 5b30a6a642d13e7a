import { formatPath, get, isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { didYouMean, type Finding } from "@fairlead/krm";
import { accessFindings } from "./findings.ts";
import type { Place } from "./kubeconfig.ts";

/**
 * Reads the fields of a map by their types. What has another type is reported and left out; null is as good as absent,
 * as in Go. Values are never quoted.
 */
export interface Fields {
  readonly path: FieldPath;
  text(key: string): string | undefined;
  flag(key: string): boolean | undefined;
  texts(key: string): readonly string[] | undefined;
  map(key: string): Fields | undefined;
  /** The maps of a list. */
  maps(key: string): readonly Fields[];
  raw(key: string): JsonValue | undefined;
  keys(): readonly string[];
  wrong(key: string, expected: string): void;
  /** Warns of fields that are none of these but look like one. Others are ignored without a word, as by kubectl. */
  known(...names: readonly string[]): void;
}

export interface FieldContext {
  readonly findings: Finding[];
  readonly at: (path: FieldPath) => Place;
}

const maximumFindings = 20;

export function fieldsOf(object: JsonObject, path: FieldPath, context: FieldContext): Fields {
  const wrongAt = (where: FieldPath, expected: string, found: JsonValue | undefined): undefined => {
    if (context.findings.length >= maximumFindings) return;
    const message = `${formatPath(where)} is ${kindOf(found)} where ${expected} belongs`;
    const hint = quotesHelp(expected, found) ? "put the value into quotes" : undefined;
    context.findings.push(
      accessFindings("FL722", { ...context.at(where), message, ...(hint === undefined ? {} : { hint }) }),
    );
  };
  /** The value at `key` if `is` says that it has the type. */
  const typed = <T extends JsonValue>(key: string, expected: string, is: (value: JsonValue) => value is T) => {
    const value = get(object, key);
    if (value === undefined || value === null) return;
    return is(value) ? value : wrongAt([...path, key], expected, value);
  };
  const items = <T extends JsonValue>(key: string, expected: string, is: (value: JsonValue) => value is T) => {
    const list = typed(key, "a list", (value): value is JsonValue[] => Array.isArray(value));
    const right: { readonly item: T; readonly index: number }[] = [];
    for (const [index, item] of (list ?? []).entries()) {
      if (is(item)) right.push({ item, index });
      else wrongAt([...path, key, index], expected, item);
    }
    return right;
  };
  return {
    path,
    text: (key) => typed(key, "text", isText),
    flag: (key) => typed(key, "true or false", (value): value is boolean => typeof value === "boolean"),
    texts: (key) => (get(object, key) === undefined ? undefined : items(key, "text", isText).map(({ item }) => item)),
    map(key) {
      const value = typed(key, "a map", isObject);
      return value === undefined ? undefined : fieldsOf(value, [...path, key], context);
    },
    maps: (key) =>
      items(key, "a map", isObject).map(({ item, index }) => fieldsOf(item, [...path, key, index], context)),
    raw: (key) => get(object, key),
    keys: () => Object.keys(object),
    known(...names) {
      for (const key of Object.keys(object)) {
        const meant = names.includes(key) ? undefined : didYouMean(key, names);
        if (meant === undefined || context.findings.length >= maximumFindings) continue;
        const message = `${formatPath(path) || "the kubeconfig"} has an unknown field ${JSON.stringify(key)}, which is ignored`;
        const hint = `did you mean ${meant}?`;
        context.findings.push(
          accessFindings("FL722", { severity: "warning", ...context.at([...path, key]), message, hint }),
        );
      }
    },
    wrong: (key, expected) => wrongAt([...path, key], expected, get(object, key)),
  };
}

function isText(value: JsonValue): value is string {
  return typeof value === "string";
}

function quotesHelp(expected: string, found: JsonValue | undefined): boolean {
  return expected === "text" && (typeof found === "number" || typeof found === "boolean");
}

function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  return typeof value === "object" ? (isObject(value) ? "a map" : "a number") : `a ${typeof value}`;
}
