import { celFunc, celMethod, CelScalar, type CelFunc, type CelMap } from "@bufbuild/cel";
import { formatAddress, parseAddress, parseCidr, type Address, type Cidr } from "./address.ts";
import { isOpaque, MAP, opaque, textOf } from "./opaque.ts";

const { BOOL, INT, STRING } = CelScalar;

function needAddress(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined)
    throw new Error(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
    );
  return address;
}

function needCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined)
    throw new Error(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`,
    );
  return cidr;
}

const address = (value: CelMap): Address => needAddress(textOf(value, "ip"));
const cidr = (value: CelMap): Cidr => needCidr(textOf(value, "cidr"));

function mask({ address: { bits, value }, prefix }: Cidr): bigint {
  const rest = BigInt(bits - prefix);
  return (value >> rest) << rest;
}

function containsAddress(range: Cidr, one: Address): boolean {
  if (range.address.bits !== one.bits) return false;
  const rest = BigInt(one.bits - range.prefix);
  return one.value >> rest === range.address.value >> rest;
}

function containsCidr(range: Cidr, other: Cidr): boolean {
  return other.prefix >= range.prefix && containsAddress(range, other.address);
}

function inRange(one: Address, text: string): boolean {
  return containsAddress(needCidr(text), one);
}

const isLoopback = (one: Address): boolean => inRange(one, "127.0.0.0/8") || inRange(one, "::1/128");
const isLinkLocal = (one: Address): boolean => inRange(one, "169.254.0.0/16") || inRange(one, "fe80::/10");
const isMulticast = (one: Address): boolean => inRange(one, "224.0.0.0/4") || inRange(one, "ff00::/8");
const isLocalMulticast = (one: Address): boolean => inRange(one, "224.0.0.0/24") || inRange(one, "ff02::/16");
const isBroadcast = (one: Address): boolean => one.bits === 32 && one.value === 0xffffffffn;

function isGlobalUnicast(one: Address): boolean {
  return one.value !== 0n && !isBroadcast(one) && !isLoopback(one) && !isMulticast(one) && !isLinkLocal(one);
}

const test = (name: string, check: (one: Address) => boolean): CelFunc =>
  celMethod(name, MAP, [], BOOL, function () {
    return check(address(this));
  });

export const addressFunctions: CelFunc[] = [
  celFunc("ip", [STRING], MAP, (text) => opaque("ip", formatAddress(needAddress(text)))),
  celFunc("isIP", [STRING], BOOL, (text) => parseAddress(text) !== undefined),
  celFunc("ip.isCanonical", [STRING], BOOL, (text) => formatAddress(needAddress(text)) === text),
  celMethod("family", MAP, [], INT, function () {
    return address(this).bits === 32 ? 4n : 6n;
  }),
  test("isUnspecified", (one) => one.value === 0n),
  test("isLoopback", isLoopback),
  test("isLinkLocalMulticast", isLocalMulticast),
  test("isLinkLocalUnicast", isLinkLocal),
  test("isGlobalUnicast", isGlobalUnicast),
  celFunc("cidr", [STRING], MAP, (text) => opaque("cidr", formatCidr(needCidr(text)))),
  celFunc("isCIDR", [STRING], BOOL, (text) => parseCidr(text) !== undefined),
  celMethod("containsIP", MAP, [STRING], BOOL, function (text) {
    return containsAddress(cidr(this), needAddress(text));
  }),
  celMethod("containsIP", MAP, [MAP], BOOL, function (one) {
    return containsAddress(cidr(this), address(one));
  }),
  celMethod("containsCIDR", MAP, [STRING], BOOL, function (text) {
    return containsCidr(cidr(this), needCidr(text));
  }),
  celMethod("containsCIDR", MAP, [MAP], BOOL, function (one) {
    return containsCidr(cidr(this), cidr(one));
  }),
  celMethod("ip", MAP, [], MAP, function () {
    return opaque("ip", formatAddress(cidr(this).address));
  }),
  celMethod("masked", MAP, [], MAP, function () {
    const range = cidr(this);
    const network = { bits: range.address.bits, value: mask(range) };
    return opaque("cidr", formatCidr({ address: network, prefix: range.prefix }));
  }),
  celMethod("prefixLength", MAP, [], INT, function () {
    return BigInt(cidr(this).prefix);
  }),
  celFunc("string", [MAP], STRING, (value) => textOf(value, isOpaque(value, "cidr") ? "cidr" : "ip")),
];

function formatCidr({ address: network, prefix }: Cidr): string {
  return `${formatAddress(network)}/${prefix}`;
}
