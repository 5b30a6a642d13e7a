import { Buffer } from "node:buffer";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { protobufSize } from "@fairlead/apimachinery/protobuf";
import { ApiError } from "../../errors.ts";
import { metadataOf, withMetadata } from "./metadata.ts";

/** What etcd takes in one request. */
const largestRequest = 1.5 * 1024 * 1024;
/** What the server's own client sends to etcd. */
const largestMessage = 2 * 1024 * 1024;
/** The request around a value: its key three times, revisions, lengths. */
const aroundValue = 64;

/**
 * The object as it may be stored: without a word on managers where it is too large with them. Throws what the server
 * answers when it is too large for etcd.
 */
export function fitting(object: JsonObject, key: string): JsonObject {
  if (mayFit(object)) return object;
  if (requestSize(object, key) <= largestRequest) return object;
  const { managedFields } = metadataOf(object);
  const bare = managedFields === undefined ? object : withMetadata(object, { managedFields: undefined });
  const size = requestSize(bare, key);
  if (size <= largestRequest) return bare;
  if (size <= largestMessage) throw new ApiError(500, "", "etcdserver: request is too large");
  const why = `trying to send message larger than max (${size} vs. ${largestMessage})`;
  throw new ApiError(500, "", `rpc error: code = ResourceExhausted desc = ${why}`);
}

/** Certain for nearly all objects, without writing any of them down. */
function mayFit(object: JsonObject): boolean {
  return atMost(object, largestRequest / 2) > 0;
}

/** What is left of so many bytes once a value is written, at least; 0 or less when they are used up. */
function atMost(value: JsonValue, bytes: number): number {
  let left = bytes - 8;
  if (typeof value === "string") return left - value.length * 3;
  if (typeof value !== "object" || value === null) return left - 16;
  if (Array.isArray(value)) {
    for (const one of value) {
      left = atMost(one, left);
      if (left <= 0) return left;
    }
    return left;
  }
  for (const key of Object.keys(value)) {
    left = atMost(value[key]!, left - key.length * 3);
    if (left <= 0) return left;
  }
  return left;
}

function requestSize(object: JsonObject, key: string): number {
  // Versions are not stored: they are where the object lies.
  const stored = withMetadata(object, { resourceVersion: undefined });
  const own = protobufSize(stored) ?? Buffer.byteLength(JSON.stringify(stored)) + 1;
  return own + 3 * Buffer.byteLength(key) + aroundValue;
}
