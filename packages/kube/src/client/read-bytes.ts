import type { Readable, Writable } from "node:stream";
import { createGunzip } from "node:zlib";
import { KubeError } from "../errors.ts";

/**
 * The bytes of a body that may be compressed: gzip begins with a byte with which no text does. Rejects with `too-large`,
 * with `protocol` for what cannot be decompressed, or with the error of the body.
 */
export async function readBytes(body: Readable, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of readChunks(body, mostBytes)) {
    size += chunk.length;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The same as they come. The chunks are nobody else's. */
export async function* readChunks(body: Readable, mostBytes: number): AsyncGenerator<Buffer, void> {
  let size = 0;
  const bounded = (chunk: Buffer): Buffer => {
    size += chunk.length;
    if (size > mostBytes) throw new KubeError("too-large", "the answer is too large", { hint: "read it in pages" });
    return chunk;
  };
  const parts = body[Symbol.asyncIterator]() as AsyncIterator<Buffer, void>;
  const first = await parts.next();
  if (first.done === true) return;
  if (first.value[0] !== 0x1f) {
    try {
      for (let next: IteratorResult<Buffer, void> = first; next.done !== true; next = await parts.next()) {
        yield bounded(next.value);
      }
      return;
    } finally {
      body.destroy();
    }
  }
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const feed = (async (): Promise<void> => {
    try {
      for (let next: IteratorResult<Buffer, void> = first; next.done !== true; next = await parts.next()) {
        if (gunzip.destroyed) return;
        if (!gunzip.write(next.value)) await drained(gunzip);
      }
      gunzip.end();
    } catch (error) {
      gunzip.destroy(error as Error);
    }
  })();
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield bounded(chunk);
    await feed;
  } catch (error) {
    if (error instanceof KubeError) throw error;
    throw new KubeError("protocol", "the answer cannot be decompressed", { cause: error });
  } finally {
    gunzip.destroy();
    body.destroy();
  }
}

/** Resolves when more may be written, or never will be. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.on("drain", done);
    stream.on("close", done);
  });
}
