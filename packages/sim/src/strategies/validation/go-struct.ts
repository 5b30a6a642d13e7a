import { isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** The fields of one of the server's own types, in their order: what Go calls them, and how their values look. */
export interface GoFields {
  readonly [name: string]: GoFields | true;
}

/**
 * An object as a message of the server shows it: by the names of Go's fields, with what is not set as null. Lists are
 * shown item by item.
 */
export function goStruct(value: JsonValue | undefined, fields: GoFields): JsonValue {
  if (Array.isArray(value)) return value.map((one) => goStruct(one, fields));
  if (!isObject(value)) return null;
  const result: JsonObject = {};
  for (const [name, own] of Object.entries(fields)) {
    const there = value[jsonName(name)];
    setOwn(result, name, own === true ? (there ?? null) : goStruct(there, own));
  }
  return result;
}

/** `SELinuxOptions` is `seLinuxOptions`; otherwise the first letter is small. */
function jsonName(name: string): string {
  const start = name.startsWith("SEL") ? 2 : /^[A-Z]+$/.test(name) ? name.length : 1;
  return name.slice(0, start).toLowerCase() + name.slice(start);
}
