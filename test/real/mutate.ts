import { clone, isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

export interface Mutation {
  readonly object: JsonObject;
  /** `spec.replicas = "text"` */
  readonly what: string;
}

const replacements: readonly JsonValue[] = ["text", "", 7, -1, 1.5, true, null, [], {}, ["text"], { unknown: 1 }];

/**
 * The object with one value replaced by one of another type, or with one unknown field added, at every place below
 * `apiVersion` and `kind`. Deterministic; the object itself is left alone.
 */
export function* mutations(object: JsonObject): Generator<Mutation> {
  for (const path of places(object, [])) {
    if (path.length === 0 || path[0] === "apiVersion" || path[0] === "kind") continue;
    const name = path.join(".");
    for (const value of replacements)
      yield { object: replaced(object, path, value), what: `${name} = ${JSON.stringify(value)}` };
  }
  for (const path of places(object, [])) {
    const what = `${path.join(".")}.unknownField added`;
    if (isObject(at(object, path))) yield { object: replaced(object, [...path, "unknownField"], "text"), what };
  }
}

function* places(value: JsonValue, path: FieldPath): Generator<FieldPath> {
  yield path;
  if (Array.isArray(value)) {
    // One item shows what its list allows.
    if (value.length > 0) yield* places(value[0]!, [...path, 0]);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) yield* places(value[key]!, [...path, key]);
  }
}

function at(object: JsonValue, path: FieldPath): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const step of path) value = (value as { [key: string]: JsonValue })[step];
  return value;
}

function replaced(object: JsonObject, path: FieldPath, value: JsonValue): JsonObject {
  const copy = clone(object);
  const parent = at(copy, path.slice(0, -1)) as { [key: string]: JsonValue };
  parent[path.at(-1)!] = value;
  return copy;
}
