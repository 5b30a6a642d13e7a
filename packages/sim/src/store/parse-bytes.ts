import { Buffer } from "node:buffer";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
// TypeScript's library does not know the reviver's third parameter yet.
const parseWith = JSON.parse as (text: string, reviver: Reviver) => JsonValue;

/** Parses what the store wrote: an integer that a double cannot hold becomes a raw number, as it was when stored. */
export function parseBytes(bytes: Uint8Array): JsonObject {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return (/\d{16}/.test(text) ? parseWith(text, exact) : JSON.parse(text)) as JsonObject;
}

function exact(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== "number" || source === undefined || Number.isSafeInteger(value)) return value;
  return String(value) === source ? value : JSON.rawJSON(source);
}
