import { definition, isObject, setOwn, type JsonObject, type JsonValue, type Schema } from "@fairlead/apimachinery";

/**
 * What expressions of a template have for values: JSON, nothing at all (`<no value>`), and what Go has types for.
 * Structs find their fields by Go's names and give the zero value of those that are absent, as Go does.
 */
export type GoValue = JsonValue | undefined | Typed | readonly GoValue[];

const typed = Symbol("typed");

/** A value of a Go type: a Kubernetes object (its schema says the zero values) or a message of protobuf. */
export interface Typed {
  readonly [typed]: "struct" | "message";
  readonly value: JsonValue | undefined;
  readonly schema: Schema | undefined;
}

/** A struct of Kubernetes, by the name of its definition: `io.k8s.api.core.v1.PodSpec`. */
export function struct(value: JsonObject, name: string): GoValue {
  return { [typed]: "struct", value, schema: definition(name) };
}

/** A message of protobuf in its JSON form: every getter can be asked, down to where nothing is. */
export function message(value: JsonValue | undefined): GoValue {
  return { [typed]: "message", value, schema: undefined };
}

export function isTyped(value: GoValue): value is Typed {
  return typeof value === "object" && value !== null && typed in value;
}

/** As JSON; what is nothing is null. */
export function plain(value: GoValue): JsonValue {
  if (isTyped(value)) return value.value ?? null;
  if (Array.isArray(value)) return value.map(plain);
  return (value as JsonValue | undefined) ?? null;
}

/** What a field or method of a value is. Text says why there is none. */
export function fieldOf(receiver: GoValue, name: string): { readonly value: GoValue } | string {
  if (receiver === undefined) return { value: undefined };
  if (isTyped(receiver)) {
    const { value, schema } = receiver;
    return receiver[typed] === "message" ? messageField(value, name) : structField(value, schema, name);
  }
  if (receiver === null) return `nil pointer evaluating interface {}.${name}`;
  if (!isObject(receiver)) return `can't evaluate field ${name} in type ${typeName(receiver)}`;
  return { value: Object.hasOwn(receiver, name) ? receiver[name] : undefined };
}

function structField(
  value: JsonValue | undefined,
  schema: Schema | undefined,
  name: string,
): { value: GoValue } | string {
  const properties = schema?.properties;
  if (properties === undefined) return mapEntry(value, schema, name);
  const key = Object.keys(properties).find((one) => one.toLowerCase() === name.toLowerCase());
  // Only exported names are fields.
  if (key === undefined || name[0] !== name[0]!.toUpperCase()) return `can't evaluate field ${name}`;
  const found = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return { value: ofSchema(found, properties[key]!) };
}

/** The entry of a map with a type: a map of texts has the empty text where it has nothing. */
export function mapEntry(value: JsonValue | undefined, schema: Schema | undefined, key: string): { value: GoValue } {
  const found = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  const values = schema?.additionalProperties;
  if (typeof values !== "object") return { value: found };
  return { value: ofSchema(found, values) };
}

function ofSchema(value: JsonValue | undefined, schema: Schema): GoValue {
  const resolved = schema.$ref === undefined ? schema : (definition(schema.$ref) ?? schema);
  switch (resolved.type) {
    case "string":
      return value ?? "";
    case "integer":
    case "number":
      return value ?? 0;
    case "boolean":
      return value ?? false;
    case "array":
    case "object":
      return { [typed]: "struct", value: value ?? undefined, schema: resolved };
    case undefined:
      return value;
  }
}

/** The items of a list, with their type. */
export function itemsOf(value: GoValue): readonly GoValue[] | undefined {
  if (Array.isArray(value)) return value as readonly GoValue[];
  if (!isTyped(value) || !Array.isArray(value.value)) return undefined;
  const { items } = value.schema ?? {};
  if (value[typed] === "message") return value.value.map((one) => message(one));
  return items === undefined ? value.value : value.value.map((one) => ofSchema(one, items));
}

/** The entries of a map, in the order of keys, with their type. */
export function entriesOf(value: GoValue): readonly (readonly [string, GoValue])[] | undefined {
  const inner = isTyped(value) ? value.value : value;
  if (!isObject(inner)) return undefined;
  return Object.keys(inner)
    .sort()
    .map((key) => {
      if (!isTyped(value)) return [key, inner[key]];
      if (value[typed] === "message") return [key, inner[key]];
      return [key, mapEntry(inner, value.schema, key).value];
    });
}

/** Fields of messages: `Image`, `GetImage`, and of wrapped values and enumerations `GetValue`, `String`. */
function messageField(value: JsonValue | undefined, name: string): { value: GoValue } {
  if (name === "GetValue" || name === "String" || name === "AsInterface")
    return { value: value ?? (name === "String" ? "" : undefined) };
  const field = name.startsWith("Get") && name.length > 3 ? name.slice(3) : name;
  const key = isObject(value) ? Object.keys(value).find((one) => one.toLowerCase() === field.toLowerCase()) : undefined;
  return { value: message(key === undefined ? undefined : (value as JsonObject)[key]) };
}

/** Whether `if` takes it for true. */
export function truth(value: GoValue): boolean {
  const inner = isTyped(value) ? value.value : value;
  if (inner === undefined || inner === null || inner === false || inner === "" || inner === 0) return false;
  if (Array.isArray(inner)) return inner.length > 0;
  if (!isObject(inner)) return true;
  // A struct is always true, a map if it has entries.
  if (isTyped(value) && value.schema?.properties !== undefined) return true;
  return Object.keys(inner).length > 0;
}

export function typeName(value: GoValue): string {
  const inner = plain(value);
  if (inner === null) return "nil";
  if (Array.isArray(inner)) return "[]interface {}";
  if (typeof inner === "object") return "map[string]interface {}";
  if (typeof inner === "number") return Number.isInteger(inner) ? "int" : "float64";
  return typeof inner === "boolean" ? "bool" : "string";
}

/** As `fmt.Sprint` shows it. */
export function shown(value: GoValue): string {
  if (value === undefined) return "<no value>";
  if (isTyped(value) && value[typed] === "message" && value.value === undefined) return "";
  const inner = plain(value);
  if (inner === null) return "<nil>";
  if (Array.isArray(inner)) return `[${inner.map((one) => shown(one)).join(" ")}]`;
  if (isObject(inner)) {
    const entries = Object.keys(inner).sort();
    return `map[${entries.map((key) => `${key}:${shown(inner[key])}`).join(" ")}]`;
  }
  return typeof inner === "number" ? goNumber(inner) : String(inner);
}

/** As `%v` shows a float64: with an exponent from 1e21. */
function goNumber(value: number): string {
  return String(value).replace(/e([+-])(\d)$/, "e$10$2");
}

/** A new map with string keys of untrusted origin. */
export function mapOf(entries: Iterable<readonly [string, JsonValue]>): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of entries) setOwn(result, key, value);
  return result;
}
