import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { groupOf, refOf, type Finding } from "@fairlead/krm";
import { apiVersion, group } from "../kinds/load.ts";
import { compileFinding } from "./findings.ts";

export function isOurs(version: JsonValue | undefined): boolean {
  return typeof version === "string" && groupOf(version) === group;
}

/** The finding of an object without what tells what it is. */
export function missing(value: JsonObject, field: "kind" | "apiVersion", found: JsonValue | undefined): Finding {
  return compileFinding("FL101", {
    message: `${field} ${found === undefined ? "is missing" : `is ${describeFound(found)}`}`,
    hint:
      field === "kind"
        ? "every object names its kind, such as kind: App"
        : `add apiVersion, such as apiVersion: ${apiVersion} for Fairlead's kinds`,
    object: refOf(value),
    field: found === undefined ? [] : [field],
  });
}

/** What stands where an object or a name is wanted. */
export function describeFound(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (value === "") return "empty";
  return `the ${typeof value} ${JSON.stringify(value).slice(0, 60)}`;
}
