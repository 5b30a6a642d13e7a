import type { WebSocket } from "ws";

/** Servers read a message as a whole. */
export const frameBytes = 32 * 1024;
/** More than this waiting to be sent makes writers wait. */
const mostBuffered = 256 * 1024;

/** Sends bytes on a channel in messages of at most `frameBytes`; calls back when there is room for more. */
export function sendFrames(ws: WebSocket, channel: number, data: Buffer, done: (error?: Error | null) => void): void {
  let offset = 0;
  const next = (): void => {
    while (offset < data.length) {
      const piece = data.subarray(offset, offset + frameBytes);
      offset += piece.length;
      const full = ws.bufferedAmount > mostBuffered;
      if (ws.readyState !== ws.OPEN) return done(new Error("the connection is closed"));
      // An error closes the connection, which says why to everybody.
      ws.send(frame(channel, piece), (error) => {
        if (!full) return;
        if (error) done(error);
        else next();
      });
      if (full) return;
    }
    done();
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
