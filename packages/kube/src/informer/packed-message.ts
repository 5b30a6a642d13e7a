import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "../errors.ts";
import type { Protobuf } from "./message-kinds.ts";

/**
 * An object as Protobuf, one character for each byte, its larger parts apart like those of `Packed`. Its text has two
 * things that no message of Kubernetes has, by which it is put together again: fields that were taken apart stand as
 * groups (wire types 3 and 4), and a tag of wire type 7 stands for the next part.
 */
export interface PackedMessage {
  readonly codec: MessageCodec;
  readonly text: string;
  readonly parts: readonly string[];
}

/** What all objects of a kind have in common. */
export interface MessageCodec {
  readonly protobuf: Protobuf;
  readonly apiVersion: string;
  readonly kind: string;
  /** The name of the message. */
  readonly message: string;
  /** Takes away what decoding adds to an object of which not all is held: fields that are always written. */
  readonly finish?: (object: KrmObject) => KrmObject;
}

/** A new object. Throws a `protocol` error for what passed for Protobuf and is none inside of its values. */
export function unpackMessage({ codec, text, parts }: PackedMessage): KrmObject {
  const { protobuf, message, apiVersion, kind, finish } = codec;
  const decoded = protobuf.decodeMessage(message, joined(protobuf, text, parts));
  if ("problem" in decoded) throw new KubeError("protocol", `the server sent a ${kind} that cannot be read`);
  const object = { apiVersion, kind, ...decoded.object } as KrmObject;
  return finish === undefined ? object : finish(object);
}

/** Lengths that are not known before: five bytes hold any. */
const lengthBytes = 5;

/** The message as it came. */
export function joined({ readNumber }: Pick<Protobuf, "readNumber">, text: string, parts: readonly string[]): Buffer {
  const rest = Buffer.from(text, "latin1");
  let size = rest.length + 8 * lengthBytes;
  for (const part of parts) size += part.length;
  let whole = Buffer.allocUnsafe(size);
  let length = 0;
  let nextPart = 0;
  let openedAt = 0;
  const cursor = { bytes: rest, at: 0, end: rest.length };

  function room(more: number): void {
    if (length + more <= whole.length) return;
    const larger = Buffer.allocUnsafe(whole.length * 2 + more);
    whole.copy(larger, 0, 0, length);
    whole = larger;
  }

  while (cursor.at < rest.length) {
    const start = cursor.at;
    const tag = readNumber(cursor, cursor.end);
    room(cursor.at - start + lengthBytes);
    switch (tag % 8) {
      case 3:
        length += rest.copy(whole, length, start, cursor.at);
        // A part from now on: the type is in the first byte's lowest bits.
        whole[length - (cursor.at - start)]! -= 1;
        openedAt = length;
        length += lengthBytes;
        break;
      case 4:
        writeLength(whole, openedAt, length - openedAt - lengthBytes);
        break;
      case 7: {
        const part = parts[nextPart++]!;
        room(part.length);
        length += whole.write(part, length, "latin1");
        break;
      }
      default: {
        if (tag % 8 === 0) readNumber(cursor, cursor.end);
        else if (tag % 8 === 1) cursor.at += 8;
        else {
          const inside = readNumber(cursor, cursor.end);
          cursor.at += inside;
        }
        room(cursor.at - start);
        length += rest.copy(whole, length, start, cursor.at);
      }
    }
  }
  return whole.subarray(0, length);
}

function writeLength(bytes: Buffer, at: number, length: number): void {
  let left = length;
  for (let i = 0; i < lengthBytes - 1; i++) {
    bytes[at + i] = (left & 0x7f) | 0x80;
    left >>>= 7;
  }
  bytes[at + lengthBytes - 1] = left;
}
