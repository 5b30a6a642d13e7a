import { Buffer } from "node:buffer";
import { Readable, Writable } from "node:stream";
import type { RawData, WebSocket } from "ws";

/** The channel of v5 by which a client says that another channel has ended. */
const closeChannel = 255;
const frameBytes = 32 * 1024;
/** More than this waiting to be sent makes writers wait. */
const mostBuffered = 256 * 1024;

/**
 * Several byte streams in one WebSocket, each message led by its channel's number: the server's side. There is one flow
 * control for all that comes: whoever does not read a channel holds up all.
 */
export interface WebSocketChannels {
  /** What comes on a channel; on others it is thrown away. */
  readable(channel: number): Readable;
  writable(channel: number): Writable;
  /** One message, empty or not. */
  send(channel: number, data: Uint8Array): void;
  /** Closes in order, after what has been sent. */
  close(): void;
  readonly gone: Promise<void>;
}

export function webSocketChannels(ws: WebSocket, hasCloseSignal: boolean): WebSocketChannels {
  const readables = new Map<number, Readable>();
  const writables = new Set<Writable>();
  const stalled = new Set<number>();

  function end(channel: number): void {
    readables.get(channel)?.push(null);
    readables.delete(channel);
  }

  function release(channel: number): void {
    if (stalled.delete(channel) && stalled.size === 0) ws.resume();
  }

  ws.on("message", (raw: RawData) => {
    const data = raw as Buffer;
    const channel = data[0];
    if (channel === undefined) return;
    if (hasCloseSignal && channel === closeChannel) {
      if (data.length === 2) end(data[1]!);
      else ws.close(1002);
      return;
    }
    const stream = readables.get(channel);
    if (stream === undefined || data.length === 1 || stream.push(data.subarray(1))) return;
    stalled.add(channel);
    ws.pause();
  });
  ws.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => {
    ws.once("close", () => {
      for (const channel of readables.keys()) end(channel);
      for (const stream of writables) stream.destroy();
      resolve();
    });
  });

  return {
    readable(channel) {
      const stream = new Readable({
        read: () => release(channel),
        destroy(error, callback) {
          readables.delete(channel);
          release(channel);
          callback(error);
        },
      });
      stream.on("error", () => undefined);
      readables.set(channel, stream);
      return stream;
    },
    writable(channel) {
      const stream = new Writable({
        highWaterMark: frameBytes * 2,
        write: (chunk: Buffer, _encoding, callback) => sendFrames(ws, channel, chunk, callback),
        destroy(error, callback) {
          writables.delete(stream);
          callback(error);
        },
      });
      stream.on("error", () => undefined);
      writables.add(stream);
      return stream;
    },
    send(channel, data) {
      if (ws.readyState === ws.OPEN) ws.send(frame(channel, data));
    },
    close() {
      // What still comes is thrown away, so that the client's closing is heard.
      readables.clear();
      stalled.clear();
      ws.resume();
      ws.close(1000);
    },
    gone,
  };
}

/** In messages that readers take as a whole; calls back when there is room for more. */
function sendFrames(ws: WebSocket, channel: number, data: Buffer, done: (error?: Error | null) => void): void {
  let offset = 0;
  const next = (): void => {
    while (offset < data.length) {
      if (ws.readyState !== ws.OPEN) return done(new Error("the connection is closed"));
      const piece = data.subarray(offset, offset + frameBytes);
      offset += piece.length;
      const isFull = ws.bufferedAmount > mostBuffered;
      ws.send(frame(channel, piece), (error) => {
        if (!isFull) return;
        if (error) done(error);
        else next();
      });
      if (isFull) return;
    }
    done();
  };
  next();
}

function frame(channel: number, data: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(data.length + 1);
  bytes[0] = channel;
  bytes.set(data, 1);
  return bytes;
}
