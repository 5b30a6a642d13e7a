import type { StreamSink } from "../request.ts";

/** A frame that is made when there is room for it, and how large it will be, about. */
export interface LateFrame {
  readonly size: number;
  readonly make: () => Uint8Array;
}

export interface PaceLimits {
  /** How many events may wait for a client that does not keep up. */
  readonly events: number;
  /** How many bytes these may have together. */
  readonly bytes: number;
}

export const paceLimits: PaceLimits = { events: 1000, bytes: 16 * 1024 * 1024 };

/** Frames at the speed of the client, in their order. */
export interface PacedFrames {
  /** Ends the watch, as kube-apiserver does, when too many wait: the client lists anew. */
  push(frame: LateFrame): void;
  stop(): void;
}

/**
 * What was there when the watch began comes first, however much it is: it waits for the client and costs nothing until
 * it is sent. Frames after it are bounded; `onSlow` is called once when they go beyond.
 */
export function pacedFrames(
  sink: StreamSink,
  initial: readonly LateFrame[],
  onSlow: () => void,
  limits: PaceLimits = paceLimits,
): PacedFrames {
  const waiting: LateFrame[] = [];
  let bytes = 0;
  let sent = 0;
  let isBlocked = false;
  let isOver = false;

  function write({ make }: LateFrame): void {
    if (sink.write(make())) return;
    isBlocked = true;
    sink.onDrain(() => {
      isBlocked = false;
      pump();
    });
  }

  function pump(): void {
    while (!isBlocked && !isOver) {
      if (sent < initial.length) {
        write(initial[sent++]!);
        continue;
      }
      const next = waiting.shift();
      if (next === undefined) return;
      bytes -= next.size;
      write(next);
    }
  }

  pump();
  return {
    push(frame) {
      if (isOver) return;
      if (!isBlocked && waiting.length === 0 && sent === initial.length) {
        write(frame);
        return;
      }
      waiting.push(frame);
      bytes += frame.size;
      if (waiting.length <= limits.events && bytes <= limits.bytes) return;
      isOver = true;
      waiting.length = 0;
      onSlow();
    },
    stop() {
      isOver = true;
      waiting.length = 0;
    },
  };
}
