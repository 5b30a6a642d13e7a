import type { Readable } from "node:stream";

/** Longer lines are cut: a log without line ends must not fill the memory. */
export const mostLineBytes = 1024 * 1024;

export interface RawLine {
  readonly text: string;
  /** False for what stands after the last line end. */
  readonly whole: boolean;
}

/** The lines of a stream, without their ends. Throws what the stream fails with, after the whole lines before it. */
export async function* linesOf(stream: Readable): AsyncGenerator<RawLine> {
  let parts: Buffer[] = [];
  let size = 0;
  const keep = (part: Buffer): void => {
    const room = mostLineBytes - size;
    if (room > 0 && part.length > 0) parts.push(part.subarray(0, room));
    size += Math.min(part.length, Math.max(0, room));
  };
  const take = (): string => {
    const text = Buffer.concat(parts).toString("utf8");
    parts = [];
    size = 0;
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, end));
      yield { text: take(), whole: true };
      from = end + 1;
    }
    keep(chunk.subarray(from));
  }
  if (size > 0) yield { text: take(), whole: false };
}
