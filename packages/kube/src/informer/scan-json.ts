import { KubeError } from "../errors.ts";

/**
 * Finds where values of JSON begin and end, in its bytes. What lies inside a value is not checked: it comes from an API
 * server's encoder, over TLS; what is cut off is noticed. Positions are byte offsets.
 */
export interface Scanner {
  /** The byte at which the next token begins. */
  at: number;
  /** Whether a byte beyond ASCII has passed since this was set to false. */
  wide: boolean;
  readonly bytes: Buffer;
}

export const quote = 0x22;
export const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
export const openObject = 0x7b;
export const closeObject = 0x7d;
export const openList = 0x5b;
export const closeList = 0x5d;

export function scanner(bytes: Buffer, at = 0): Scanner {
  return { bytes, at, wide: false };
}

/** Skips white space. Returns the byte that follows. */
export function peek(scan: Scanner): number {
  const { bytes } = scan;
  let byte = scan.at < bytes.length ? bytes[scan.at]! : 0;
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
    scan.at++;
    byte = scan.at < bytes.length ? bytes[scan.at]! : 0;
  }
  return byte;
}

export function expect(scan: Scanner, byte: number): void {
  if (peek(scan) !== byte) throw broken(scan);
  scan.at++;
}

/** After a member or an item: true when another one follows, false when the object or list has ended. */
export function another(scan: Scanner, close: number): boolean {
  const byte = peek(scan);
  if (byte !== comma && byte !== close) throw broken(scan);
  scan.at++;
  return byte === comma;
}

/** Skips `"key":`. Returns where the key lies, without its quotes. */
export function skipKey(scan: Scanner): { readonly start: number; readonly end: number } {
  if (peek(scan) !== quote) throw broken(scan);
  const start = scan.at + 1;
  skipString(scan);
  const end = scan.at - 1;
  expect(scan, colon);
  return { start, end };
}

export function skipValue(scan: Scanner): void {
  const first = peek(scan);
  if (first === quote) return skipString(scan);
  if (first === openObject || first === openList) return skipNested(scan);
  const { bytes } = scan;
  const start = scan.at;
  let at = start;
  // A number, true, false or null ends before what cannot be a part of one.
  while (at < bytes.length && bytes[at]! > 0x20 && bytes[at] !== comma && (bytes[at]! | 0x20) !== closeObject) at++;
  if (at === start) throw broken(scan);
  scan.at = at;
}

function skipString(scan: Scanner): void {
  const { bytes } = scan;
  const { length } = bytes;
  let at = scan.at + 1;
  let seen = 0;
  while (at < length) {
    const byte = bytes[at]!;
    if (byte === quote) {
      scan.at = at + 1;
      if (seen > 0x7f) scan.wide = true;
      return;
    }
    seen |= byte;
    at += byte === backslash ? 2 : 1;
  }
  throw broken(scan);
}

function skipNested(scan: Scanner): void {
  const { bytes } = scan;
  const { length } = bytes;
  let depth = 0;
  let at = scan.at;
  while (at < length) {
    const byte = bytes[at]!;
    if (byte === quote) {
      scan.at = at;
      skipString(scan);
      at = scan.at;
      continue;
    }
    at++;
    // Braces differ from brackets in one bit.
    if ((byte | 0x20) === openObject) depth++;
    else if ((byte | 0x20) === closeObject && --depth === 0) {
      scan.at = at;
      return;
    }
  }
  throw broken(scan);
}

/** The text of a string whose bytes (without quotes) these are. */
export function stringAt(bytes: Buffer, start: number, end: number): string {
  const escaped = bytes.indexOf(backslash, start);
  if (escaped < 0 || escaped >= end) return bytes.toString("utf8", start, end);
  return JSON.parse(bytes.toString("utf8", start - 1, end + 1)) as string;
}

/** What the text says may be secret: only where it ends is told. */
export function broken({ at, bytes }: Scanner): KubeError {
  return new KubeError("protocol", `the list cannot be read at byte ${at} of ${bytes.length}`);
}
