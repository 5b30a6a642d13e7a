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
