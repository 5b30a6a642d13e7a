import { isIPv4, isIPv6 } from "../schema/formats.ts";

export type Address = { readonly bits: 32 | 128; readonly value: bigint };
export type Cidr = { readonly address: Address; readonly prefix: number };

/** An IP address without zone; IPv4 mapped into IPv6 and leading zeros are refused, as Kubernetes' CEL does. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) {
    const parts = text.split(".");
    if (parts.some((part) => part.length > 1 && part.startsWith("0"))) return undefined;
    return { bits: 32, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
  }
  if (!isIPv6(text)) return undefined;
  const value = sixteenBytes(text);
  return value >> 32n === 0xffffn ? undefined : { bits: 128, value };
}

function sixteenBytes(text: string): bigint {
  const plain = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a, b, c, d] = parts.map(Number) as [number, number, number, number];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = "", tail] = plain.split("::");
  const groups = (part: string): string[] => part.split(":").filter((group) => group !== "");
  const [left, right] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

export function parseCidr(text: string): Cidr | undefined {
  const slash = text.lastIndexOf("/");
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > address.bits) return undefined;
  return { address, prefix: Number(length) };
}

/** The canonical text (RFC 5952 for IPv6). */
export function formatAddress({ bits, value }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn);
  let [start, length] = [-1, 1];
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0n) end++;
    if (end - at > length) [start, length] = [at, end - at];
  }
  const texts = groups.map((group) => group.toString(16));
  if (start < 0) return texts.join(":");
  return `${texts.slice(0, start).join(":")}::${texts.slice(start + length).join(":")}`;
}
