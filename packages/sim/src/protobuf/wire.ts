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

/** An unsigned number of up to 64 bits. */
export function readVarint(cursor: Cursor): bigint {
  // Most are small: no big integers until a seventh byte follows.
  let value = 0;
  let factor = 1;
  for (let count = 0; count < 6; count++) {
    const byte = readByte(cursor);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return BigInt(value);
    factor *= 128;
  }
  let large = BigInt(value);
  for (let shift = 42n; shift < 70n; shift += 7n) {
    const byte = readByte(cursor);
    large |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, large);
  }
  throw new WireProblem("proto: integer overflow");
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
  const length = readVarint(cursor);
  const at = cursor.at;
  if (length > BigInt(cursor.end - at)) throw new WireProblem(unexpectedEnd);
  cursor.at += Number(length);
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
  const tag = readVarint(cursor);
  const type = wireTypes[Number(tag & 7n)];
  const number = Number(BigInt.asIntN(32, tag >> 3n));
  if (type === undefined) throw new WireProblem(`proto: illegal wireType ${tag & 7n}`);
  if (number <= 0) throw new WireProblem(`proto: illegal tag ${number} (wire type ${tag & 7n})`);
  return { number, type };
}

/** Passes over a value that nobody asked for. */
export function skipValue(cursor: Cursor, type: WireType): void {
  if (type === "varint") readVarint(cursor);
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
