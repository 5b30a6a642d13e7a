import type { Clock } from "@fairlead/apimachinery";
import { Readable, Writable } from "node:stream";
import type { RawData } from "ws";
import { systemClock } from "../clock.ts";
import { createOutbox, frame, frameBytes, sendFrames } from "./frames.ts";
import { beatMs, heartbeat, stepHeartbeat, type HeartbeatInput } from "./heartbeat-state.ts";
import type { OpenSocket } from "./open-socket.ts";
import { targetError, type StreamTarget } from "./target.ts";

/** The channel of v5 by which a side says that another channel has ended. */
const closeChannel = 255;

/**
 * Several byte streams in one WebSocket, each message led by its channel's number
 * (https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/util/remotecommand/constants.go).
 * There is one flow control for all channels: whoever does not read one of them holds up all.
 */
export interface Channels {
  /** What comes on a channel. What comes on channels that nobody asked for, or on a destroyed stream, is thrown away. */
  readable(channel: number): Readable;
  /** What goes to a channel. Ending it sends v5's close-of-stream if `closes`. */
  writable(channel: number, closes: boolean): Writable;
  /** One message, as long as the connection stands. */
  send(channel: number, data: string): void;
  /** Whether a reader holds up the rest. */
  stalled(): boolean;
  /** Begins to read: call it once all channels have their streams. */
  start(): void;
  /** Undefined when the server closed it in order, else why not. Never rejects. All streams have ended by then. */
  readonly closed: Promise<Error | undefined>;
  /** Closes it in order; the streams end. */
  close(): void;
  /** Cuts the connection; the streams fail with the error. */
  abort(error: Error): void;
}

export function channelsOf(open: OpenSocket, target: StreamTarget, clock: Clock = systemClock): Channels {
  const { ws } = open;
  const outbox = createOutbox(ws);
  const readables = new Map<number, Readable>();
  const writables = new Set<Writable>();
  const stalled = new Set<number>();
  let cause: Error | undefined;
  let closing = false;

  let beat = heartbeat(clock.monotonic());
  const tell = (input: HeartbeatInput): void => {
    const { state, effects } = stepHeartbeat(beat, input);
    beat = state;
    for (const effect of effects) {
      if (effect === "ping") ws.ping();
      else abort(targetError(target, "connection", "the connection is silent: the other side is gone"));
    }
  };
  const heard = (): void => tell({ kind: "heard", at: clock.monotonic() });
  let cancelBeat = clock.after(beatMs, function again() {
    cancelBeat = clock.after(beatMs, again);
    tell({ kind: "tick", at: clock.monotonic() });
  });

  function hold(channel: number): void {
    if (closing || stalled.has(channel)) return;
    stalled.add(channel);
    if (stalled.size > 1) return;
    ws.pause();
    tell({ kind: "paused" });
  }

  function release(channel: number): void {
    if (!stalled.delete(channel) || stalled.size > 0) return;
    tell({ kind: "resumed", at: clock.monotonic() });
    ws.resume();
  }

  function receive(raw: RawData): void {
    heard();
    const data = raw as Buffer;
    const channel = data[0];
    if (channel === undefined) return;
    if (channel === closeChannel) {
      end(data[1]);
      return;
    }
    const stream = readables.get(channel);
    if (stream === undefined || data.length === 1) return;
    if (!stream.push(data.subarray(1))) hold(channel);
  }

  function end(channel: number | undefined): void {
    const stream = channel === undefined ? undefined : readables.get(channel);
    if (stream === undefined) return;
    readables.delete(channel!);
    stream.push(null);
  }

  function readable(channel: number): Readable {
    const stream = new Readable({
      read: () => release(channel),
      destroy(error, callback) {
        readables.delete(channel);
        release(channel);
        callback(error);
      },
    });
    // Whoever reads it hears of the error all the same; whoever does not must not be ended by it.
    stream.on("error", () => undefined);
    readables.set(channel, stream);
    return stream;
  }

  function writable(channel: number, closes: boolean): Writable {
    let told = false;
    const sayEnd = (): void => {
      if (closes && !told) outbox.send(Buffer.from([closeChannel, channel]));
      told = true;
    };
    const stream = new Writable({
      highWaterMark: frameBytes * 2,
      write: (chunk: Buffer, _encoding, callback) =>
        sendFrames(outbox, channel, chunk, () => stream.destroyed, callback),
      final(callback) {
        sayEnd();
        callback();
      },
      destroy(error, callback) {
        writables.delete(stream);
        sayEnd();
        callback(error);
      },
    });
    stream.on("error", () => undefined);
    writables.add(stream);
    return stream;
  }

  function abort(error: Error): void {
    cause ??= error;
    closing = true;
    ws.terminate();
    // Nothing may be left in the pipe that keeps it from closing.
    ws.resume();
  }

  const closed = new Promise<Error | undefined>((resolve) => {
    ws.on("error", (error) => (cause ??= targetError(target, "protocol", "the connection broke", error)));
    ws.on("close", (code) => {
      cancelBeat();
      const error = cause ?? (closing || code === 1000 || code === 1005 ? undefined : brokenBy(code));
      for (const stream of readables.values()) {
        if (error === undefined) stream.push(null);
        else stream.destroy(error);
      }
      readables.clear();
      for (const stream of writables) stream.destroy(error);
      resolve(error);
    });
  });

  function brokenBy(code: number): Error {
    const how = code === 1006 ? "the connection was cut" : `the server closed the connection with code ${code}`;
    return targetError(target, "connection", how, open.failure());
  }

  ws.on("message", receive);
  ws.on("pong", heard);
  ws.on("ping", heard);

  return {
    readable,
    writable,
    send: (channel, data) => outbox.send(frame(channel, Buffer.from(data))),
    stalled: () => stalled.size > 0,
    start: () => ws.resume(),
    closed,
    close() {
      if (closing) return;
      closing = true;
      outbox.flush();
      ws.close(1000);
      // What still comes is thrown away, so that the closing of the other side is heard.
      for (const [channel, stream] of readables) {
        readables.delete(channel);
        stream.push(null);
      }
      stalled.clear();
      ws.resume();
    },
    abort,
  };
}
