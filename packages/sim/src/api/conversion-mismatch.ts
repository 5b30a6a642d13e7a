import { isObject, type FieldPath, type JsonObject } from "@fairlead/apimachinery";
import type { Kind } from "../resources/kind.ts";
import { goTypeAt } from "./type-mismatch.ts";

/** What apimachinery's FromUnstructured says of a value of the wrong type: `unrecognized type: int32`. */
export function conversionMismatch(object: JsonObject, kind: Kind, path: FieldPath): string {
  const { value, type } = goTypeAt(object, kind, path);
  const found = Array.isArray(value)
    ? "slice"
    : isObject(value)
      ? "map"
      : typeof value === "boolean"
        ? "bool"
        : typeof value === "number"
          ? Number.isInteger(value)
            ? "int64"
            : "float64"
          : "string";
  if (type.startsWith("[]")) return `cannot restore slice from ${found}`;
  if (type.startsWith("map[")) return `cannot restore map from ${found}`;
  if (type.includes(".")) return `cannot restore struct from: ${found}`;
  const isNumber = found === "int64" || found === "float64";
  // Go converts numbers to texts, which the converter then refuses by name.
  return isNumber && type !== "bool" ? `cannot convert ${found} to ${type}` : `unrecognized type: ${type}`;
}
