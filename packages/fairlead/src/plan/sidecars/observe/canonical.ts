import { hash } from "node:crypto";
import { canonicalJson, type JsonValue } from "@fairlead/apimachinery";

export function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

/** JSON with sorted keys: equal for values that are equal. */
export function canonical(value: JsonValue | undefined): string {
  return value === undefined ? "null" : canonicalJson(value);
}
