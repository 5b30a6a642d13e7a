import { KubeError } from "../errors.ts";

/** Cuts a stream of bytes into the lines that a watch is made of. */
export interface Frames {
  /** The complete frames that a chunk brings to an end. Throws a `protocol` error for one that is too large. */
  push(chunk: Buffer): string[];
  /** Throws a `protocol` error when the stream ends within a frame. */
  end(): void;
}

/** What is incomplete waits as the chunks it came in: nothing is copied or searched twice. */
export function createFrames(mostBytes: number): Frames {
  let waiting: Buffer[] = [];
  let size = 0;
  return {
    push(chunk) {
      const frames: string[] = [];
      let from = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        const piece = chunk.subarray(from, at);
        if (size + piece.length > mostBytes) throw tooLarge(mostBytes);
        const text = (size === 0 ? piece : Buffer.concat([...waiting, piece], size + piece.length)).toString("utf8");
        if (size > 0) waiting = [];
        size = 0;
        if (text.trim() !== "") frames.push(text);
        from = at + 1;
      }
      if (from < chunk.length) {
        const piece = from === 0 ? chunk : chunk.subarray(from);
        size += piece.length;
        if (size > mostBytes) throw tooLarge(mostBytes);
        waiting.push(piece);
      }
      return frames;
    },
    end() {
      if (size > 0 && Buffer.concat(waiting, size).toString("utf8").trim() !== "") {
        throw new KubeError("protocol", `the watch ended within an event (${size} bytes of it had come)`);
      }
    },
  };
}

function tooLarge(mostBytes: number): KubeError {
  return new KubeError("protocol", `an event of the watch is larger than ${Math.floor(mostBytes / 2 ** 20)} MiB`);
}
