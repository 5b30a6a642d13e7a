import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue } from "@fairlead/apimachinery";

/** The first `length` hexadecimal digits of a value's SHA-256: equal values give equal hashes, whatever their key order. */
export function contentHash(value: JsonValue, length = 16): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, length);
}
