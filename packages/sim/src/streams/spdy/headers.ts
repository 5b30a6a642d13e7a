import { Buffer } from "node:buffer";
import { constants, inflateRawSync } from "node:zlib";
import { counted, dictionaryId, headerDictionary } from "./dictionary.ts";

export type SpdyHeaders = ReadonlyMap<string, string>;

/** Of one block, decompressed. */
const mostBytes = 64 * 1024;
const mostHeaders = 100;
/** How far back compressed data refers. */
const windowBytes = 32 * 1024;

/**
 * Reads the header blocks of a connection in their order, which is one zlib stream (RFC 1950) cut at its sync flushes.
 * Undefined for what is malformed or too large, and for all that follows it.
 */
export function headerReader(): (block: Buffer) => SpdyHeaders | undefined {
  let window: Buffer | undefined;
  let isBroken = false;

  function inflate(block: Buffer): Buffer | undefined {
    let data = block;
    if (window === undefined) {
      // The head of the stream: deflate, any level, checked, with the dictionary's id.
      if (block.length < 6 || (block[0]! & 0x0f) !== 8 || block.readUInt16BE(0) % 31 !== 0) return undefined;
      if ((block[1]! & 0x20) === 0 || block.readUInt32BE(2) !== dictionaryId) return undefined;
      data = block.subarray(6);
      window = headerDictionary;
    }
    try {
      const text = inflateRawSync(data, {
        dictionary: window,
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: mostBytes,
      });
      window = Buffer.concat([window, text]).subarray(-windowBytes);
      return text;
    } catch {
      return undefined;
    }
  }

  return (block) => {
    const text = isBroken ? undefined : inflate(block);
    const headers = text === undefined ? undefined : parse(text);
    isBroken = headers === undefined;
    return headers;
  };
}

/** Names must be lower case and come once; a value may hold several, parted by NUL. */
function parse(text: Buffer): SpdyHeaders | undefined {
  const headers = new Map<string, string>();
  let offset = 4;
  const next = (): string | undefined => {
    if (offset + 4 > text.length) return undefined;
    const end = offset + 4 + text.readUInt32BE(offset);
    if (end > text.length) return undefined;
    const part = text.toString("utf8", offset + 4, end);
    offset = end;
    return part;
  };
  if (text.length < 4) return undefined;
  const count = text.readUInt32BE(0);
  if (count > mostHeaders) return undefined;
  for (let i = 0; i < count; i++) {
    const [name, value] = [next(), next()];
    if (name === undefined || value === undefined || name === "") return undefined;
    if (name !== name.toLowerCase() || headers.has(name)) return undefined;
    headers.set(name, value);
  }
  return offset === text.length ? headers : undefined;
}

/** An empty stored block: readers hand over what they have when it comes. */
const syncFlush = Buffer.from([0, 0, 0, 0xff, 0xff]);

/**
 * Writes the header blocks of a connection in their order: as zlib's stored blocks, which are no smaller than what they
 * hold. What a server has to say is next to nothing.
 */
export function headerWriter(): (headers: SpdyHeaders) => Buffer {
  let isFirst = true;
  return (headers) => {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(headers.size);
    const parts = [...headers].flatMap(([name, value]) => [counted(name), counted(value)]);
    const text = Buffer.concat([count, ...parts]);
    const head = Buffer.alloc(isFirst ? 11 : 5);
    if (isFirst) {
      head.writeUInt16BE(0x78bb, 0);
      head.writeUInt32BE(dictionaryId, 2);
    }
    isFirst = false;
    // A block that is neither the last nor compressed: its length, and that inverted.
    head.writeUInt16LE(text.length, head.length - 4);
    head.writeUInt16LE(text.length ^ 0xffff, head.length - 2);
    return Buffer.concat([head, text, syncFlush]);
  };
}
