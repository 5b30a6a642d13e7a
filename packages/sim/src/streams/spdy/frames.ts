import { Buffer } from "node:buffer";
import { headerReader, type SpdyHeaders } from "./headers.ts";

/** SPDY/3.1 (https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/), as far as Kubernetes' clients use it. */
export type SpdyFrame =
  | { readonly kind: "open"; readonly id: number; readonly headers: SpdyHeaders; readonly isLast: boolean }
  /** SYN_REPLY and HEADERS. */
  | { readonly kind: "headers"; readonly id: number; readonly headers: SpdyHeaders; readonly isLast: boolean }
  /** A piece of a frame, as it came. */
  | { readonly kind: "data"; readonly id: number; readonly data: Buffer; readonly isLast: boolean }
  | { readonly kind: "reset"; readonly id: number; readonly status: number }
  | { readonly kind: "ping"; readonly id: number }
  | { readonly kind: "goaway" }
  /** SETTINGS, WINDOW_UPDATE and what is unknown: nothing that anybody acts on. */
  | { readonly kind: "other" }
  /** What came is not SPDY; nothing follows. */
  | { readonly kind: "error"; readonly message: string };

export const frameType = {
  synStream: 1,
  synReply: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const resetStatus = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
} as const;

/** Headers of streams are some 200 bytes. */
const mostControlBytes = 32 * 1024;
const headBytes = 8;
const version = 3;
const last = 1;
const largest = 0x7fffffff;

/** Reads frames out of bytes as they come, in pieces of any size. It holds no more than one control frame. */
export function frameReader(): (chunk: Buffer) => readonly SpdyFrame[] {
  const readHeaders = headerReader();
  let pending: Buffer = Buffer.alloc(0);
  let data: { readonly id: number; readonly isLast: boolean; left: number } | undefined;
  let isBroken = false;

  function next(): SpdyFrame | undefined {
    if (data !== undefined) return rest(data);
    if (pending.length < headBytes) return undefined;
    const length = pending.readUIntBE(5, 3);
    if ((pending[0]! & 0x80) === 0) {
      data = { id: pending.readUInt32BE(0), isLast: (pending[4]! & last) !== 0, left: length };
      pending = pending.subarray(headBytes);
      return data.id === 0 ? broken("data of the stream 0") : rest(data);
    }
    if (pending.readUInt16BE(0) !== (0x8000 | version)) return broken("not version 3");
    if (length > mostControlBytes) return broken("a control frame of too many bytes");
    if (pending.length < headBytes + length) return undefined;
    const [type, flags] = [pending.readUInt16BE(2), pending[4]!];
    const payload = pending.subarray(headBytes, headBytes + length);
    pending = pending.subarray(headBytes + length);
    return control(type, flags, payload);
  }

  function rest(frame: NonNullable<typeof data>): SpdyFrame | undefined {
    if (pending.length === 0 && frame.left > 0) return undefined;
    const piece = pending.subarray(0, frame.left);
    pending = pending.subarray(piece.length);
    frame.left -= piece.length;
    if (frame.left === 0) data = undefined;
    return { kind: "data", id: frame.id, data: piece, isLast: frame.isLast && frame.left === 0 };
  }

  function control(type: number, flags: number, payload: Buffer): SpdyFrame {
    const id = payload.length >= 4 ? payload.readUInt32BE(0) & largest : 0;
    const isLast = (flags & last) !== 0;
    switch (type) {
      case frameType.synStream:
      case frameType.synReply:
      case frameType.headers: {
        const start = type === frameType.synStream ? 10 : 4;
        const headers = payload.length > start ? readHeaders(payload.subarray(start)) : undefined;
        if (headers === undefined) return broken("headers that cannot be read");
        if (id === 0) return broken("headers of the stream 0");
        return { kind: type === frameType.synStream ? "open" : "headers", id, headers, isLast };
      }
      case frameType.reset: {
        if (payload.length !== 8 || id === 0) return broken("a reset of the wrong length");
        return { kind: "reset", id, status: payload.readUInt32BE(4) };
      }
      case frameType.ping: {
        if (payload.length !== 4) return broken("a ping of the wrong length");
        return { kind: "ping", id: payload.readUInt32BE(0) };
      }
      case frameType.goaway:
        return { kind: "goaway" };
      default:
        return { kind: "other" };
    }
  }

  function broken(message: string): SpdyFrame {
    isBroken = true;
    return { kind: "error", message };
  }

  return (chunk) => {
    const frames: SpdyFrame[] = [];
    if (isBroken) return frames;
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let frame = next(); frame !== undefined; frame = isBroken ? undefined : next()) frames.push(frame);
    return frames;
  };
}

export function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head[4] = flags;
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

/** Numbers of 32 bits. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

export function dataFrame(id: number, data: Uint8Array, isLast: boolean): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + data.length);
  frame.writeUInt32BE(id, 0);
  frame[4] = isLast ? last : 0;
  frame.writeUIntBE(data.length, 5, 3);
  frame.set(data, headBytes);
  return frame;
}
