/** A part of a message that is being read. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
}

/** What is no message; caught by whoever reads the outermost one. */
export class WireProblem extends Error {
  override readonly name = "WireProblem";
}

export const unexpectedEnd = "unexpected EOF";

/** An unsigned number that fits into a double, as tags and lengths do; undefined for a larger one. */
function readSmall(cursor: Cursor): number | undefined {
  const first = readByte(cursor);
  if (first < 0x80) return first;
  let value = first & 0x7f;
  let factor = 0x80;
  for (let count = 1; count < 10; count++) {
    const byte = readByte(cursor);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value > Number.MAX_SAFE_INTEGER ? undefined : value;
    factor *= 0x80;
  }
  throw new WireProblem("proto: integer overflow");
}

/** An unsigned number of up to 64 bits. */
export function readVarint(cursor: Cursor): bigint {
  const start = cursor.at;
  const small = readSmall(cursor);
  if (small !== undefined) return BigInt(small);
  const end = cursor.at;
  let value = 0n;
  for (let at = end - 1; at >= start; at--) value = (value << 7n) | BigInt(cursor.bytes[at]! & 0x7f);
  return BigInt.asUintN(64, value);
}

export function readBoolean(cursor: Cursor): boolean {
  return readSmall(cursor) !== 0;
}

export function readInteger(cursor: Cursor): bigint {
  return BigInt.asIntN(64, readVarint(cursor));
}

export function readDouble(cursor: Cursor): number {
  const { bytes, at } = cursor;
  skipBytes(cursor, 8);
  return new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true);
}

/** The part that a length tells, as a cursor of its own. */
export function readPart(cursor: Cursor): Cursor {
  const length = readSmall(cursor);
  const at = cursor.at;
  if (length === undefined || length > cursor.end - at) throw new WireProblem(unexpectedEnd);
  cursor.at += length;
  return { bytes: cursor.bytes, at, end: cursor.at };
}

export function bytesOf({ bytes, at, end }: Cursor): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at);
}

export function readText(cursor: Cursor): string {
  return bytesOf(readPart(cursor)).toString("utf8");
}

export type WireType = "varint" | "fixed64" | "bytes" | "fixed32";

const wireTypes: readonly (WireType | undefined)[] = ["varint", "fixed64", "bytes", undefined, undefined, "fixed32"];

/** Number and type of the next field; undefined at the end. */
export function readTag(cursor: Cursor): { readonly number: number; readonly type: WireType } | undefined {
  if (cursor.at >= cursor.end) return undefined;
  const tag = readSmall(cursor) ?? 0;
  const type = wireTypes[tag % 8];
  const number = Math.floor(tag / 8);
  if (type === undefined) throw new WireProblem(`proto: illegal wireType ${tag % 8}`);
  if (number <= 0) throw new WireProblem(`proto: illegal tag ${number} (wire type ${tag % 8})`);
  return { number, type };
}

/** Passes over a value that nobody asked for. */
export function skipValue(cursor: Cursor, type: WireType): void {
  if (type === "varint") readSmall(cursor);
  else if (type === "bytes") readPart(cursor);
  else skipBytes(cursor, type === "fixed64" ? 8 : 4);
}

function skipBytes(cursor: Cursor, count: number): void {
  if (cursor.end - cursor.at < count) throw new WireProblem(unexpectedEnd);
  cursor.at += count;
}

function readByte(cursor: Cursor): number {
  if (cursor.at >= cursor.end) throw new WireProblem(unexpectedEnd);
  return cursor.bytes[cursor.at++]!;
}
