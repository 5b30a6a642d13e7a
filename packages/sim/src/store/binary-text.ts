import { Buffer } from "node:buffer";

/**
 * UTF-8 as a string with a character for each byte, which is the very text where that is ASCII. Strings lie in V8's heap,
 * where they take a byte for each character and are moved together; 50,000 buffers would take hundreds of bytes more
 * each, and leave holes when they go. It is in one piece: what is put together with + is kept as a tree of its pieces, and
 * a piece that is cut out keeps the whole, until something needs them as one.
 */
export function binaryOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** A binary text in one piece. */
export function inOnePiece(binary: string): string {
  return Buffer.from(binary, "latin1").toString("latin1");
}
