/** Distinguished Encoding Rules (X.690), the part that certificates need. */

export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;

export function der(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x10000
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from([type, ...size]), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(tag.sequence, ...parts);
}

/** An object identifier, given as its content in hexadecimal digits. */
export function objectIdentifier(hex: string): Buffer {
  return der(tag.objectIdentifier, Buffer.from(hex, "hex"));
}

/** A positive integer of any size, big-endian. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  return der(tag.integer, Buffer.from(digits[0]! >= 0x80 ? [0] : []), digits);
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return der(tag.bitString, Buffer.from([unusedBits]), bytes);
}

export function utf8String(text: string): Buffer {
  return der(tag.utf8String, Buffer.from(text));
}

/** To the second. RFC 5280 asks for the short form of years before 2050. */
export function time(date: Date): Buffer {
  const text = date.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  const year = date.getUTCFullYear();
  if (year >= 1950 && year < 2050) return der(tag.utcTime, Buffer.from(text.slice(2)));
  return der(tag.generalizedTime, Buffer.from(text));
}

export interface Element {
  readonly type: number;
  readonly content: Buffer;
  /** With its type and length. */
  readonly whole: Buffer;
}

/** The elements that stand one after the other; undefined when the bytes are not DER of definite lengths. */
export function readElements(bytes: Uint8Array): readonly Element[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Element[] = [];
  let offset = 0;
  while (offset < buffer.length) {
    const head = readHead(buffer, offset);
    if (head === undefined || head.end > buffer.length) return undefined;
    const content = buffer.subarray(head.start, head.end);
    elements.push({ type: buffer[offset]!, content, whole: buffer.subarray(offset, head.end) });
    offset = head.end;
  }
  return elements;
}

function readHead(buffer: Buffer, offset: number): { readonly start: number; readonly end: number } | undefined {
  const first = buffer[offset + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first };
  const count = first & 0x7f;
  const start = offset + 2 + count;
  if (count === 0 || count > 4 || start > buffer.length) return undefined;
  return { start, end: start + buffer.readUIntBE(offset + 2, count) };
}

export function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
