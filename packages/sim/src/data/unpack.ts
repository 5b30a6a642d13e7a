import { brotliDecompressSync } from "node:zlib";

/** The bytes of a vendored text: Brotli in base64. */
export function unpack(packed: string): Buffer {
  return brotliDecompressSync(Buffer.from(packed, "base64"));
}
