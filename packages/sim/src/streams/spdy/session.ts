import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { controlFrame, dataFrame, frameReader, frameType, resetStatus, type SpdyFrame, words } from "./frames.ts";
import { headerWriter, type SpdyHeaders } from "./headers.ts";

/** A stream that a client has opened. Destroying it resets it. */
export interface SpdyStream extends Duplex {
  readonly spdyId: number;
  readonly headers: SpdyHeaders;
}

export interface SpdyOptions {
  /** Called for each stream; false refuses it. */
  readonly onStream: (stream: SpdyStream) => boolean;
  /** Once, when the connection has ended, however. All streams have ended by then. */
  readonly onClose: () => void;
  /** At once; 1,000 unless told. */
  readonly mostStreams?: number;
}

export interface SpdySession {
  /** Says goodbye and ends the connection. */
  close(): void;
}

const reset = (id: number, status: number): Buffer => controlFrame(frameType.reset, 0, words(id, status));
const noBytes = Buffer.alloc(0);
const pieceBytes = 32 * 1024;
/** Of one stream, waiting for its reader. More makes all wait: Kubernetes' clients know no window. */
const mostWaiting = 1024 * 1024;

/** The server's side of a connection that speaks SPDY/3.1. */
export function spdySession(transport: Duplex, options: SpdyOptions): SpdySession {
  const { onStream, onClose, mostStreams = 1000 } = options;
  const read = frameReader();
  const writeHeaders = headerWriter();
  const streams = new Map<number, SpdyStream>();
  /** Of which the client has ended its side. */
  const ended = new Set<number>();
  const waiting = new Set<number>();
  let lastId = 0;
  let isClosing = false;

  function open(id: number, headers: SpdyHeaders, isLast: boolean): void {
    // A client's streams are odd and count upwards.
    if (id % 2 === 0 || id <= lastId) {
      send(reset(id, resetStatus.protocolError));
      return;
    }
    lastId = id;
    if (isClosing || streams.size >= mostStreams) {
      send(reset(id, resetStatus.refusedStream));
      return;
    }
    const stream = createStream(id, headers);
    streams.set(id, stream);
    if (isLast) end(id);
    send(controlFrame(frameType.synReply, 0, Buffer.concat([words(id), writeHeaders(new Map())])));
    if (!onStream(stream)) stream.destroy();
  }

  /** The client has ended its side of a stream. */
  function end(id: number): void {
    const stream = streams.get(id);
    if (stream === undefined || ended.has(id)) return;
    ended.add(id);
    stream.push(null);
  }

  function createStream(id: number, headers: SpdyHeaders): SpdyStream {
    let hasEnded = false;
    const stream = new Duplex({
      readableHighWaterMark: mostWaiting,
      writableHighWaterMark: pieceBytes,
      read() {
        goOn(id);
      },
      write(chunk: Buffer, _encoding, callback) {
        for (let offset = 0; offset < chunk.length; offset += pieceBytes) {
          const piece = chunk.subarray(offset, offset + pieceBytes);
          const isEnd = offset + pieceBytes >= chunk.length;
          transport.write(dataFrame(id, piece, false), isEnd ? (error) => callback(error) : undefined);
        }
        if (chunk.length === 0) callback();
      },
      final(callback) {
        hasEnded = true;
        send(dataFrame(id, noBytes, true));
        callback();
      },
      destroy(error, callback) {
        const isOver = hasEnded && ended.has(id);
        if (streams.delete(id) && !isOver) send(reset(id, resetStatus.cancel));
        ended.delete(id);
        goOn(id);
        callback(error);
      },
    });
    stream.on("error", () => undefined);
    return Object.assign(stream, { spdyId: id, headers });
  }

  /** A stream holds up the others no more. */
  function goOn(id: number): void {
    if (waiting.delete(id) && waiting.size === 0 && !transport.writableNeedDrain) transport.resume();
  }

  function receive(frame: SpdyFrame): void {
    switch (frame.kind) {
      case "open":
        open(frame.id, frame.headers, frame.isLast);
        return;
      case "data": {
        const stream = streams.get(frame.id);
        if (stream === undefined || ended.has(frame.id)) return;
        if (frame.data.length > 0 && !stream.push(frame.data)) {
          waiting.add(frame.id);
          transport.pause();
        }
        if (frame.isLast) end(frame.id);
        return;
      }
      case "reset": {
        const stream = streams.get(frame.id);
        streams.delete(frame.id);
        stream?.destroy();
        return;
      }
      case "ping":
        // A client's are odd; even ones answer ours, of which there are none.
        if (frame.id % 2 === 1) send(controlFrame(frameType.ping, 0, words(frame.id)));
        return;
      case "headers":
        if (frame.isLast) end(frame.id);
        return;
      case "goaway":
        isClosing = true;
        return;
      case "other":
        return;
      case "error":
        close(1);
        return;
    }
  }

  function send(bytes: Buffer): void {
    if (transport.writable) transport.write(bytes);
  }

  function close(status: number): void {
    if (transport.destroyed || transport.writableEnded) return;
    isClosing = true;
    send(controlFrame(frameType.goaway, 0, words(lastId, status)));
    transport.end();
    for (const stream of streams.values()) stream.destroy();
    // What still comes is nobody's.
    transport.resume();
  }

  transport.on("data", (chunk: Buffer) => {
    for (const frame of read(chunk)) receive(frame);
    // Who takes no answers gets no more questions answered.
    if (transport.writableNeedDrain) transport.pause();
  });
  transport.on("drain", () => {
    if (waiting.size === 0) transport.resume();
  });
  transport.on("error", () => undefined);
  // The client has ended: it sends no more, and takes no more either.
  transport.on("end", () => close(0));
  transport.once("close", () => {
    for (const [id, stream] of streams) {
      streams.delete(id);
      stream.destroy();
    }
    onClose();
  });
  return { close: () => close(0) };
}
