import type { WebSocket } from "ws";

/** Servers read a message as a whole. */
export const frameBytes = 32 * 1024;
/** More than this waiting to be sent makes writers wait. */
const mostBuffered = 256 * 1024;

/** What is to be sent on a WebSocket. */
export interface Outbox {
  /** Calls back when there is room for more, or when the connection has ended. */
  send(message: Buffer, sent?: (error?: Error) => void): void;
  /** Sends at once what there is room for: nobody wants what has come. */
  flush(): void;
}

/**
 * Sends one message at a time, and reads what has come before each: a write to a connection that the other side has closed
 * destroys what was not read yet, and with it how a command ended that did not wait for its input.
 */
export function createOutbox(ws: WebSocket): Outbox {
  const waiting: { readonly message: Buffer; readonly sent: (error?: Error) => void }[] = [];
  let isAwake = false;

  function wake(): void {
    isAwake = waiting.length > 0;
    // The event loop polls connections between two of its rounds.
    if (isAwake) setImmediate(round);
  }

  function round(): void {
    sendOne();
    wake();
  }

  function sendOne(): void {
    const next = waiting.shift();
    if (next === undefined) return;
    const { message, sent } = next;
    if (ws.readyState !== ws.OPEN) sent(new Error("the connection is closed"));
    else {
      const full = ws.bufferedAmount > mostBuffered;
      // An error closes the connection, which says why to everybody.
      ws.send(message, (error?: Error | null) => {
        // Sockets say null where they mean none.
        if (full) sent(error ?? undefined);
      });
      if (!full) sent();
    }
  }

  return {
    send(message, sent = () => undefined) {
      waiting.push({ message, sent });
      if (!isAwake) wake();
    },
    flush() {
      while (waiting.length > 0) sendOne();
    },
  };
}

/**
 * Sends bytes on a channel in messages of at most `frameBytes`; calls back when there is room for more. What is left when
 * the channel is gone is thrown away: nothing may follow the message that says so.
 */
export function sendFrames(
  outbox: Outbox,
  channel: number,
  data: Buffer,
  isGone: () => boolean,
  done: (error?: Error) => void,
): void {
  let offset = 0;
  const next = (error?: Error): void => {
    if (error !== undefined || offset >= data.length || isGone()) return done(error);
    const piece = data.subarray(offset, offset + frameBytes);
    offset += piece.length;
    outbox.send(frame(channel, piece), next);
  };
  next();
}

/** A message: the channel's number, then its bytes. */
export function frame(channel: number, data: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(data.length + 1);
  bytes[0] = channel;
  data.copy(bytes, 1);
  return bytes;
}
