import { isAddressRange } from "../../routes/addresses.ts";

export type Family = 4 | 6;

/** A block of addresses of one family. */
export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  /** How many there are. */
  readonly size: bigint;
}

/** `240.0.0.0/16`, `fd00:1::/96`; undefined for anything else. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = "", length = "", ...more] = text.split("/");
  const family = familyOf(address);
  if (more.length > 0 || family === undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const bits = family === 4 ? 32 : 128;
  const prefix = Number(length);
  if (prefix > bits) return undefined;
  const size = 1n << BigInt(bits - prefix);
  const value = addressNumber(address);
  return { family, first: value - (value % size), size };
}

export function familyOf(address: string): Family | undefined {
  if (address.includes("/") || !isAddressRange(address)) return undefined;
  return address.includes(":") ? 6 : 4;
}

/** The bits of an address that has a family. */
export function addressNumber(address: string): bigint {
  if (!address.includes(":")) return address.split(".").reduce((all, part) => all * 256n + BigInt(part), 0n);
  const [head = "", tail] = address.split("::", 2);
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...zeros, ...right].reduce((all, group) => all * 65536n + group, 0n);
}

function groups(text: string): bigint[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [BigInt(`0x${part}`)];
    const number = addressNumber(part);
    return [number >> 16n, number & 0xffffn];
  });
}

/** An address as it is usually written: RFC 5952 for IPv6. */
export function formatAddress(value: bigint, family: Family): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  const parts = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
  return new URL(`http://[${parts.join(":")}]`).hostname.slice(1, -1);
}
