import { Buffer } from "node:buffer";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Stored } from "../store/store.ts";
import { sizeOfStored } from "../store/stored-objects.ts";
import type { ApiResponse, LateBody } from "./request.ts";

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
  const length = headLength(resource);
  return ({ bytes }) => [opening, bytes.subarray(length)];
}

function headLength(resource: Resource): number {
  return Buffer.byteLength(head(resource, apiVersionOf({ ...resource, version: resource.storageVersion })));
}

/** By how many bytes an item is shorter than what is stored. */
function leftOut(resource: Resource): number {
  return resource.definition === undefined ? headLength(resource) - opening.length : 0;
}

const opening = Buffer.from("{");
const comma = Buffer.from(",");
const closing = Buffer.from("]}\n");

/** A list around items that are bytes already: they are put together when they are sent. */
export function listBody(
  resource: Resource,
  metadata: JsonObject,
  items: readonly Stored[],
): { readonly body: readonly Uint8Array[]; readonly late: LateBody } {
  const bytesOf = itemBytes(resource);
  const start = Buffer.from(
    `${head({ ...resource, kind: `${resource.kind}List` }, apiVersionOf(resource))}"metadata":${JSON.stringify(metadata)},"items":[`,
  );
  function* parts(): Generator<Uint8Array> {
    yield start;
    for (const [index, item] of items.entries()) {
      if (index > 0) yield comma;
      yield* bytesOf(item);
    }
    yield closing;
  }
  const commas = Math.max(0, items.length - 1);
  const less = leftOut(resource);
  const length = items.reduce((sum, item) => sum + sizeOfStored(item) - less, start.length + commas + closing.length);
  return {
    get body() {
      return [...parts()];
    },
    late: { length, parts },
  };
}
