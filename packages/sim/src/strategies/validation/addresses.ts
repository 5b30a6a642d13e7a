import { validate } from "@fairlead/apimachinery";
import { invalidValue } from "../../field-problem.ts";
import type { Problems } from "./checks.ts";

/** An IPv4 or IPv6 address. */
export function isAddress(address: string): boolean {
  return isOfFormat(address, "ipv4") || isOfFormat(address, "ipv6");
}

export function isOfFormat(value: string, format: string): boolean {
  return validate(value, { type: "string", format }).length === 0;
}

const leadingZero = /^(?:\d+\.)*0\d/;
const mapped = /^(?:0*:)*:?(?:0*:)*ffff:(?:\d+\.\d+\.\d+\.\d+|[0-9a-f]{1,4}:[0-9a-f]{1,4})$/i;

/** What is wrong with an address, which is read generously, but must not be taken for another one elsewhere. */
export function* ipProblems(at: string, address: string): Problems {
  if (!isAddress(address)) {
    yield invalidValue(at, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
  } else if (leadingZero.test(address)) yield invalidValue(at, address, "must not have leading 0s");
  else if (mapped.test(address)) yield invalidValue(at, address, "must not be an IPv4-mapped IPv6 address");
}

const leadingZeroCidr = /^(?:\d+\.)*0\d|\/0\d/;

/** What is wrong with a range of addresses, which is read generously, too. */
export function* cidrProblems(at: string, value: string): Problems {
  if (!isOfFormat(value, "cidr")) {
    yield invalidValue(at, value, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    return;
  }
  const [address, size] = value.split("/") as [string, string];
  if (leadingZeroCidr.test(value)) yield invalidValue(at, value, "must not have leading 0s in IP or prefix length");
  else if (mapped.test(address)) yield invalidValue(at, value, "must not have an IPv4-mapped IPv6 address");
  else if (bitsOf(address).slice(Number(size)).includes("1")) {
    yield invalidValue(at, value, "must not have bits set beyond the prefix length");
  }
}

/** An address as zeros and ones. */
function bitsOf(address: string): string {
  if (!address.includes(":")) {
    return address
      .split(".")
      .map((part) => Number(part).toString(2).padStart(8, "0"))
      .join("");
  }
  const [head = "", tail] = address.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":")).flatMap(groupBits);
  const [left, right] = [groups(head), groups(tail ?? "")];
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(Math.max(0, missing)).fill("0".repeat(16)), ...right].join("");
}

function groupBits(group: string): string[] {
  if (!group.includes(".")) return [Number.parseInt(group, 16).toString(2).padStart(16, "0")];
  const bits = bitsOf(group);
  return [bits.slice(0, 16), bits.slice(16)];
}
