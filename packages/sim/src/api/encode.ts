import { Buffer } from "node:buffer";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Stored } from "../store/store.ts";
import type { ApiResponse } from "./request.ts";

export const json = "application/json";

export function encode(value: JsonObject): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

export function objectAnswer(value: JsonObject, status = 200, warnings?: readonly string[]): ApiResponse {
  return {
    kind: "body",
    status,
    contentType: json,
    body: [encode(value)],
    ...(warnings === undefined ? {} : { warnings }),
  };
}

/** `{"kind":"Pod","apiVersion":"v1",`: how every stored object of a kind begins. */
function head({ kind }: Resource, apiVersion: string): string {
  return `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
}

/**
 * A stored object as an item of a list: built-in kinds leave out what the list says already, custom resources repeat
 * it. The bytes are those of the store.
 */
export function itemBytes(resource: Resource): (stored: Stored) => readonly Uint8Array[] {
  if (resource.definition !== undefined) return ({ bytes }) => [bytes];
  const length = Buffer.byteLength(head(resource, apiVersionOf({ ...resource, version: resource.storageVersion })));
  return ({ bytes }) => [opening, bytes.subarray(length)];
}

const opening = Buffer.from("{");
const comma = Buffer.from(",");
const closing = Buffer.from("]}\n");

/** A list around items that are bytes already. */
export function listBytes(
  resource: Resource,
  metadata: JsonObject,
  items: readonly (readonly Uint8Array[])[],
): readonly Uint8Array[] {
  const start = `${head({ ...resource, kind: `${resource.kind}List` }, apiVersionOf(resource))}"metadata":${JSON.stringify(metadata)},"items":[`;
  const parts: Uint8Array[] = [Buffer.from(start)];
  for (const [index, item] of items.entries()) {
    if (index > 0) parts.push(comma);
    for (const part of item) parts.push(part);
  }
  parts.push(closing);
  return parts;
}
