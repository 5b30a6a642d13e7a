import type { Finding } from "../finding/finding.ts";
import { inputFindings } from "../input-findings.ts";

/** UTF-8, or UTF-16 with a byte order mark, as text without the mark; a finding for other bytes. */
export function decodeText(bytes: Uint8Array, file?: string): { text: string } | { finding: Finding } {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    return { finding: notUtf8(file) };
  }
}

export function notUtf8(file?: string, line?: number): Finding {
  return inputFindings("FL002", {
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line, column: 1 }),
    message: "the input is not UTF-8 text",
    hint: "save the file as UTF-8; a compressed or binary file cannot be read",
  });
}
