import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { goQuantity } from "./go-quantity.ts";
import { goType } from "./go-types.ts";

/**
 * An object of a type of pod templates as `%#v` of go-spew prints Go's struct, which Kubernetes hashes to name ReplicaSets
 * and revisions: with types, fields in Go's order, pointers followed. Undefined for what cannot be told from JSON.
 */
export function goPrint(type: string, object: JsonObject): string | undefined {
  try {
    return print(type, object, false);
  } catch (error) {
    if (error instanceof Unprintable) return undefined;
    throw error;
  }
}

class Unprintable extends Error {}

const noTime = "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}";

/** `bare`: without its type, which what contains it has said. */
function print(name: string, value: JsonValue | undefined, bare: boolean): string {
  const type = goType(name);
  if (type?.kind === "pointer") {
    const { element } = type;
    if (value === undefined || value === null) return bare ? "<nil>" : `(${name})<nil>`;
    return `${bare ? "<*>" : `(${name})`}${print(element, value, true)}`;
  }
  return (bare ? "" : `(${name})`) + content(name, value);
}

function content(name: string, value: JsonValue | undefined): string {
  const isMissing = value === undefined || value === null;
  if (name === "v1.Time" && isMissing) return noTime;
  if (name === "resource.Quantity") return need(goQuantity(typeof value === "number" ? String(value) : text(value)));
  if (name === "intstr.IntOrString") return intOrString(value);
  const type = need(goType(name));
  switch (type.kind) {
    case "text":
      return isMissing ? "" : text(value);
    case "number":
      return isMissing ? "0" : String(need(typeof value === "number" ? value : undefined));
    case "bool":
      return String(value === true);
    case "slice": {
      const items = isMissing ? [] : need(Array.isArray(value) ? value : undefined);
      // What is empty does not come through Protobuf, which controllers read.
      return items.length === 0 ? "<nil>" : `[${items.map((item) => print(type.element, item, true)).join(" ")}]`;
    }
    case "map": {
      const entries = Object.entries(isMissing ? {} : need(isObject(value) ? value : undefined));
      if (entries.length === 0) return "<nil>";
      entries.sort(([a], [b]) => (a < b ? -1 : 1));
      return `map[${entries.map(([key, item]) => `${key}:${print(type.element, item, true)}`).join(" ")}]`;
    }
    case "struct": {
      const object = isMissing ? {} : need(isObject(value) ? value : undefined);
      const fields = type.fields.map((field) => {
        const own = Object.hasOwn(object, field.json) ? object[field.json] : undefined;
        return `${field.name}:${print(field.type, field.json === "" ? object : own, false)}`;
      });
      return `{${fields.join(" ")}}`;
    }
    case "pointer":
      throw new Unprintable();
  }
}

function intOrString(value: JsonValue | undefined): string {
  const isText = typeof value === "string";
  const number = typeof value === "number" ? value : 0;
  return `{Type:(intstr.Type)${isText ? 1 : 0} IntVal:(int32)${number} StrVal:(string)${isText ? value : ""}}`;
}

function text(value: JsonValue | undefined): string {
  return need(typeof value === "string" ? value : undefined);
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Unprintable();
  return value;
}
