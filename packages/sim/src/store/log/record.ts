import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { JsonObject } from "@fairlead/apimachinery";

/**
 * A file is a row of records:
 *
 *   4 bytes   FF 46 4C 52: FF is in no UTF-8, so that a record can be found after one that is damaged
 *   4 bytes   n, the length of the body, little endian as all numbers
 *   4 bytes   CRC-32 of these four bytes and of the body
 *   n bytes   the body: one byte of kind, then what `encodeHead` and `encodeChange` write
 *
 * It begins with a head; a snapshot ends with an end.
 */
export type LogRecord =
  | { readonly kind: "head" | "end"; readonly content: JsonObject }
  | {
      readonly kind: "put";
      readonly revision: number;
      readonly collection: string;
      readonly key: string;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "delete"; readonly revision: number; readonly collection: string; readonly key: string };

export const frameBytes = 12;
export const marker = Buffer.from([0xff, 0x46, 0x4c, 0x52]);
const kinds = { head: 1, end: 2, put: 3, delete: 4 } as const;
/** Before collection, key and bytes: kind, revision, length of the collection, length of the key. */
const changeBytes = 1 + 8 + 2 + 4;

/** A whole record. `content` is JSON. */
export function encodeNote(kind: "head" | "end", content: JsonObject): Buffer {
  const text = JSON.stringify(content);
  const record = Buffer.allocUnsafe(frameBytes + 1 + Buffer.byteLength(text));
  record.write(text, frameBytes + 1);
  return framed(record, kinds[kind]);
}

/** A whole record; `bytes` are undefined for a deletion. */
export function encodeChange(revision: number, collection: string, key: string, bytes: Uint8Array | undefined): Buffer {
  const collectionBytes = Buffer.byteLength(collection);
  const keyBytes = Buffer.byteLength(key);
  const names = frameBytes + changeBytes;
  const record = Buffer.allocUnsafe(names + collectionBytes + keyBytes + (bytes?.length ?? 0));
  record.writeDoubleLE(revision, frameBytes + 1);
  record.writeUInt16LE(collectionBytes, frameBytes + 9);
  record.writeUInt32LE(keyBytes, frameBytes + 11);
  record.write(collection, names);
  record.write(key, names + collectionBytes);
  if (bytes !== undefined) record.set(bytes, names + collectionBytes + keyBytes);
  return framed(record, bytes === undefined ? kinds.delete : kinds.put);
}

function framed(record: Buffer, kind: number): Buffer {
  record.set(marker, 0);
  record.writeUInt32LE(record.length - frameBytes, 4);
  record[frameBytes] = kind;
  record.writeUInt32LE(checksum(record), 8);
  return record;
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(frameBytes), crc32(record.subarray(4, 8)));
}

/** How long the record is whose frame this is, with its frame; undefined if it is none. */
export function lengthOfRecord(frame: Buffer): number | undefined {
  if (frame.length < frameBytes || !frame.subarray(0, 4).equals(marker)) return undefined;
  return frameBytes + frame.readUInt32LE(4);
}

/** Reads a whole record; undefined if it is damaged. What it gives shares no memory with it. */
export function decodeRecord(record: Buffer): LogRecord | undefined {
  if (record.length < frameBytes + 1 || record.readUInt32LE(8) !== checksum(record)) return undefined;
  const kind = record[frameBytes];
  const body = record.subarray(frameBytes);
  if (kind === kinds.put || kind === kinds.delete) return decodeChange(kind, body);
  if (kind !== kinds.head && kind !== kinds.end) return undefined;
  const content = JSON.parse(body.toString("utf8", 1)) as JsonObject;
  return { kind: kind === kinds.head ? "head" : "end", content };
}

function decodeChange(kind: number, body: Buffer): LogRecord | undefined {
  if (body.length < changeBytes) return undefined;
  const revision = body.readDoubleLE(1);
  const keyAt = changeBytes + body.readUInt16LE(9);
  const bytesAt = keyAt + body.readUInt32LE(11);
  if (bytesAt > body.length) return undefined;
  const collection = body.toString("utf8", changeBytes, keyAt);
  const key = body.toString("utf8", keyAt, bytesAt);
  if (kind === kinds.delete) return { kind: "delete", revision, collection, key };
  const bytes = Buffer.allocUnsafeSlow(body.length - bytesAt);
  body.copy(bytes, 0, bytesAt);
  return { kind: "put", revision, collection, key, bytes };
}
